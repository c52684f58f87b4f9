import assert from 'node:assert/strict';
import { readFile, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  cacheResolver,
  openCheckpoint,
  openSafetensors,
  readFloat32,
  tensorIn,
  writeSafetensors,
} from '../../../src/checkpoint/index.ts';
import { checkDictionaryFits, openDictionary } from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const transcoders = async (name: string) => join(await referenceCase(name), 'transcoders');

describe('dictionaries that cannot be used', () => {
  test('a dictionary of another model is refused, naming both files', async () => {
    const dictionary = await openDictionary(await transcoders('llama3-plt-jumprelu'));
    const { config } = await openCheckpoint(join(await referenceCase('llama3-plt-jumprelu'), 'model'));
    await assertFails(
      () => checkDictionaryFits(dictionary, { ...config, dModel: 24 }),
      'model-mismatch',
      'layer_0.safetensors',
      'W_enc',
      'config.json',
      '16',
      '24',
    );
    await assertFails(
      () => checkDictionaryFits(dictionary, { ...config, nLayers: 4 }),
      'model-mismatch',
      dictionary.dir,
      'config.json',
      '3',
      '4',
    );
  });

  test('missing files and tensors are named', async t => {
    const plt = await temporaryFolder(t, await transcoders('llama3-plt-jumprelu'));
    await rm(join(plt, 'layer_1.safetensors'));
    await assertFails(() => openDictionary(plt), 'file-missing', 'layer_1.safetensors');
    for (const layer of [0, 2]) await rm(join(plt, `layer_${layer}.safetensors`));
    await assertFails(() => openDictionary(plt), 'file-missing', 'layer_0.safetensors', 'config.yaml', 'model_kind');
    await rm(join(plt, 'config.yaml'));
    await assertFails(() => openDictionary(plt), 'file-missing', 'config.yaml');
    await assertFails(() => openDictionary(join(plt, 'none')), 'file-missing', 'none');
    const clt = await temporaryFolder(t, await transcoders('llama3-clt-relu'));
    await rm(join(clt, 'W_dec_2.safetensors'));
    await assertFails(() => openDictionary(clt), 'file-missing', 'W_dec_2.safetensors');
  });

  test('files that only config.yaml points to are asked for', async t => {
    const folder = await temporaryFolder(t);
    const lines = [
      'model_kind: transcoder_set',
      'feature_input_hook: mlp.hook_in',
      'feature_output_hook: hook_mlp_out',
    ];
    await writeFile(
      join(folder, 'config.yaml'),
      [...lines, 'transcoders: ["hf://google/x/layer_0/params.npz"]', ''].join('\n'),
    );
    const resolveHub = cacheResolver(await temporaryFolder(t));
    await assertFails(
      () => openDictionary(folder, { resolveHub }),
      'file-missing',
      'google/x is not in the Hugging Face cache',
    );
  });

  test('wrong shapes are named with file and tensor', async t => {
    const folder = await temporaryFolder(t, await transcoders('llama3-clt-relu'));
    const file = join(folder, 'W_dec_1.safetensors');
    const write = (shape: number[]) =>
      writeSafetensors(file, [
        { name: 'W_dec_1', dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b)) },
      ]);
    for (const shape of [
      [24, 3, 16],
      [24, 2, 8],
      [23, 2, 16],
      [24, 32],
      [0, 2, 16],
    ]) {
      await write(shape);
      await assertFails(
        () => openDictionary(folder),
        'file-damaged',
        file,
        '"W_dec_1"',
        `[${shape.join(', ')}]`,
        '[24, 2, 16]',
      );
    }
    await write([24, 2, 16]);
    await openDictionary(folder);
    const encoder = join(folder, 'W_enc_2.safetensors');
    const shape = (name: string, shape: number[]) => ({
      name,
      dtype: 'F32' as const,
      shape,
      data: new Float32Array(shape.reduce((a, b) => a * b)),
    });
    await writeSafetensors(encoder, [shape('W_enc_2', [24, 8]), shape('b_enc_2', [24]), shape('b_dec_2', [8])]);
    await assertFails(() => openDictionary(folder), 'file-damaged', encoder, '"W_enc_2"', '[24, 8]');
    await writeSafetensors(encoder, [shape('W_enc_2', [0, 16]), shape('b_enc_2', [0]), shape('b_dec_2', [16])]);
    await assertFails(() => openDictionary(folder), 'file-damaged', encoder, '"W_enc_2"', '[0, 16]');
    await writeSafetensors(encoder, [shape('W_enc_2', [24, 16]), shape('b_dec_2', [16])]);
    await assertFails(() => openDictionary(folder), 'file-damaged', encoder, '"b_enc_2"');
    await truncate(encoder, 300);
    await assertFails(() => openDictionary(folder), 'file-damaged', encoder);
  });

  test('thresholds in some layers only are refused; [1, F] thresholds are taken', async t => {
    const folder = await temporaryFolder(t, await transcoders('llama3-plt-jumprelu'));
    const path = join(folder, 'layer_1.safetensors');
    const file = await openSafetensors(path);
    const tensors = await Promise.all(
      [...file.entries.values()].map(async ({ name, shape }) => ({
        name,
        dtype: 'F32' as const,
        shape,
        data: await readFloat32(tensorIn(file, name)),
      })),
    );
    const name = 'activation_function.threshold';
    await writeSafetensors(
      path,
      tensors.map(tensor => (tensor.name === name ? { ...tensor, shape: [1, 24] } : tensor)),
    );
    const { threshold } = await (await openDictionary(folder)).biases(1);
    assert.deepEqual(threshold, tensors.find(tensor => tensor.name === name)?.data);
    await writeSafetensors(
      path,
      tensors.filter(tensor => tensor.name !== name),
    );
    await assertFails(() => openDictionary(folder), 'file-damaged', path, name);
  });

  test('NaN thresholds, biases and weights are named', async t => {
    const folder = await temporaryFolder(t, await transcoders('llama3-plt-jumprelu'));
    const path = join(folder, 'layer_2.safetensors');
    const whole = await readFile(path);
    const file = await openSafetensors(path);
    for (const name of ['activation_function.threshold', 'b_enc', 'b_dec', 'W_enc', 'W_dec']) {
      const bytes = Buffer.from(whole);
      bytes.writeFloatLE(NaN, tensorIn(file, name).entry.offset + 4 * 5);
      await writeFile(path, bytes);
      const dictionary = await openDictionary(folder);
      await assertFails(() => dictionary.assertFinite(), 'file-damaged', path, `"${name}"`, 'NaN');
      if (name.startsWith('W_')) await dictionary.biases(2);
      else await assertFails(() => dictionary.biases(2), 'file-damaged', path, `"${name}"`, 'NaN at [5]');
    }
  });

  test('the identity changes with any byte and with config.yaml', async t => {
    const folder = await temporaryFolder(t, await transcoders('llama3-clt-relu'));
    const identity = async () => (await openDictionary(folder)).identity();
    const original = await identity();
    assert.equal(original, await (await openDictionary(await transcoders('llama3-clt-relu'))).identity());
    const path = join(folder, 'W_dec_0.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    const changed = await identity();
    assert.notEqual(changed, original);
    await writeFile(join(folder, 'config.yaml'), `${await readFile(join(folder, 'config.yaml'), 'utf8')}# note\n`);
    assert.notEqual(await identity(), changed);
    assert.ok((await readdir(folder)).includes('features'));
  });
});
