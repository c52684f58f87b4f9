import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readFloat32 } from '../../../src/checkpoint/index.ts';
import {
  openDictionary,
  writeDictionary,
  type Dictionary,
  type DictionaryLayerWeights,
  type DictionaryWeights,
} from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const CASES = ['llama3-plt-relu-skip', 'llama3-plt-jumprelu', 'llama3-clt-topk', 'gemma2-clt-jumprelu-skip'];

async function weightsOf(dictionary: Dictionary, dtype: DictionaryWeights['dtype']): Promise<DictionaryWeights> {
  const layers = dictionary.layers.map(async (layer): Promise<DictionaryLayerWeights> => {
    return {
      wEnc: await readFloat32(layer.wEnc),
      bEnc: await readFloat32(layer.bEnc),
      bDec: await readFloat32(layer.bDec),
      wDec: await readFloat32(layer.wDec),
      ...(layer.threshold === undefined ? {} : { threshold: await readFloat32(layer.threshold) }),
      ...(layer.wSkip === undefined ? {} : { wSkip: await readFloat32(layer.wSkip.ref) }),
    };
  });
  return {
    kind: dictionary.kind,
    dModel: dictionary.dModel,
    modelName: 'tiny',
    inputHook: dictionary.inputHook,
    outputHook: dictionary.outputHook,
    ...(dictionary.k === undefined ? {} : { k: dictionary.k }),
    dtype,
    layers: await Promise.all(layers),
  };
}

describe('writing dictionaries', () => {
  for (const name of CASES) {
    test(`${name}: what is written in 32 bits is read back the same`, async t => {
      const folder = await temporaryFolder(t);
      const original = await openDictionary(join(await referenceCase(name), 'transcoders'));
      const weights = await weightsOf(original, 'F32');
      await writeDictionary(folder, weights);
      const written = await openDictionary(folder);
      assert.deepEqual(await weightsOf(written, 'F32'), weights);
      assert.deepEqual([written.activation, written.featuresDirectory], [original.activation, undefined]);
      assert.deepEqual(
        written.layers.map(layer => layer.wSkip?.orientation),
        original.layers.map(layer => layer.wSkip?.orientation),
      );
      assert.deepEqual(
        (await readdir(folder)).filter(file => file.endsWith('.tmp')),
        [],
      );
    });
  }

  test('16 bits round the matrices only', async t => {
    const folder = await temporaryFolder(t);
    const original = await openDictionary(join(await referenceCase('llama3-plt-jumprelu'), 'transcoders'));
    const weights = await weightsOf(original, 'F32');
    await writeDictionary(folder, { ...weights, dtype: 'F16' });
    const written = await openDictionary(folder);
    assert.equal(written.layers[0].wDec.entry.dtype, 'F16');
    const read = await weightsOf(written, 'F32');
    for (const [layer, part] of read.layers.entries()) {
      const { wEnc, threshold, bEnc, bDec } = weights.layers[layer];
      assert.deepEqual([part.threshold, part.bEnc, part.bDec], [threshold, bEnc, bDec]);
      assert.ok(part.wEnc.every((value, i) => Math.abs(value - wEnc[i]) <= Math.abs(wEnc[i]) * 2 ** -11));
      assert.ok(part.wEnc.some((value, i) => value !== wEnc[i]));
    }
  });

  test('an older dictionary in the folder is replaced whole, feature examples stay', async t => {
    const folder = await temporaryFolder(t, join(await referenceCase('gemma2-clt-jumprelu-skip'), 'transcoders'));
    const weights = await weightsOf(
      await openDictionary(join(await referenceCase('llama3-plt-relu-skip'), 'transcoders')),
      'F32',
    );
    await writeDictionary(folder, { ...weights, layers: weights.layers.slice(0, 2) });
    assert.deepEqual((await readdir(folder)).sort(), [
      'config.yaml',
      'features',
      'layer_0.safetensors',
      'layer_1.safetensors',
    ]);
    assert.equal((await openDictionary(folder)).nLayers, 2);
  });

  test('a write that is cancelled leaves no dictionary', async t => {
    const folder = await temporaryFolder(t, join(await referenceCase('llama3-plt-relu-skip'), 'transcoders'));
    const weights = await weightsOf(await openDictionary(folder), 'F32');
    const controller = new AbortController();
    const task = { signal: controller.signal, progress: (_: string, done: number) => done === 1 && controller.abort() };
    await assertFails(() => writeDictionary(folder, weights, task), 'cancelled');
    await assertFails(() => openDictionary(folder), 'file-missing', 'config.yaml');
  });

  test('a place that cannot be written to is named', async t => {
    const folder = await temporaryFolder(t);
    await writeFile(join(folder, 'file'), '');
    await mkdir(join(folder, 'x'));
    const weights = await weightsOf(
      await openDictionary(join(await referenceCase('llama3-plt-relu-skip'), 'transcoders')),
      'F32',
    );
    await assertFails(() => writeDictionary(join(folder, 'file', 'd'), weights), 'file-write', 'file');
  });
});
