/** What can be wrong with dictionaries in the layouts of others, and with the places that config.yaml lists. */
import assert from 'node:assert/strict';
import { readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import {
  cacheResolver,
  openCheckpoint,
  openSafetensors,
  openWeights,
  readFloat32,
  tensorIn,
  writeSafetensors,
  type WritableTensor,
} from '../../../src/checkpoint/index.ts';
import { checkDictionaryFits, openDictionary } from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { writePublished, type PublishedLayout } from '../../support/published-layouts.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const snapshot = (commit: string) => join('models--someone--dictionary/snapshots', commit.repeat(40));
const LAYER_1 = join(snapshot('b'), 'layer_1/width_24');

async function published(t: TestContext, name: string, layout: PublishedLayout) {
  const folder = await temporaryFolder(t);
  const { dictionary, cache } = await writePublished(folder, name, layout);
  const open = () => openDictionary(dictionary, { resolveHub: cacheResolver(cache) });
  await open();
  return { dictionary, cache, open };
}

/** Writes a file of the layout anew with other tensors. */
async function rewrite(path: string, change: (tensor: WritableTensor) => WritableTensor | undefined): Promise<void> {
  const file = await openSafetensors(path);
  const tensors: WritableTensor[] = [];
  for (const { name, shape } of file.entries.values()) {
    const changed = change({ name, dtype: 'F32', shape, data: await readFloat32(tensorIn(file, name)) });
    if (changed !== undefined) tensors.push(changed);
  }
  await writeSafetensors(path, tensors);
}

function reshaped(tensor: WritableTensor, shape: readonly number[]): WritableTensor {
  return { name: tensor.name, dtype: 'F32', shape, data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
}

describe('files of published layouts', () => {
  test('a dictionary of another model: widths and layers', async t => {
    for (const [name, layout] of [
      ['gemma2-plt-jumprelu', 'gemma-scope'],
      ['gemma3-clt-jumprelu', 'gemma-scope-2'],
    ] as const) {
      const { open } = await published(t, name, layout);
      const dictionary = await open();
      const { config } = await openCheckpoint(join(await referenceCase(name), 'model'));
      checkDictionaryFits(dictionary, config);
      const [encoder] = dictionary.layers;
      const tensor = `"${encoder.wEnc.entry.name}"`;
      const other = () => checkDictionaryFits(dictionary, { ...config, dModel: 32 });
      await assertFails(other, 'model-mismatch', encoder.wEnc.path, tensor, '16 wide', 'config.json', '32');
      const deeper = () => checkDictionaryFits(dictionary, { ...config, nLayers: 5 });
      await assertFails(deeper, 'model-mismatch', dictionary.dir, '3 layers', '5');
    }
  });

  test('GemmaScope 2: tensors missing, of other shapes, of another model in one layer', async t => {
    const { cache, open } = await published(t, 'gemma3-clt-jumprelu', 'gemma-scope-2');
    const path = join(cache, LAYER_1, 'params.safetensors');
    const whole = await readFile(path);
    for (const [name, shape] of [
      ['w_enc', [24, 16]],
      ['w_enc', [8, 24]],
      ['w_enc', [16, 0]],
      ['w_dec', [24, 2, 16]],
      ['w_dec', [24, 16]],
      ['b_enc', [16]],
      ['b_dec', [24]],
      ['threshold', [23]],
    ] as const) {
      await rewrite(path, tensor => (tensor.name === name ? reshaped(tensor, shape) : tensor));
      // A transposed encoder shows first in the shape of what belongs to it.
      await assertFails(open, 'file-damaged', path, `[${shape.join(', ')}]`);
      await writeFile(path, whole);
    }
    for (const name of ['b_enc', 'w_dec', 'threshold']) {
      await rewrite(path, tensor => (tensor.name === name ? undefined : tensor));
      await assertFails(open, 'file-damaged', path, `"${name}"`);
      await writeFile(path, whole);
    }
    await open();
  });

  test('NaN in thresholds of an archive is named by file, tensor and index', async t => {
    const { cache, open } = await published(t, 'gemma2-plt-jumprelu', 'gemma-scope');
    const path = join(cache, LAYER_1, 'params.npz');
    const { entry } = tensorIn(await openWeights(path), 'threshold');
    const bytes = await readFile(path);
    bytes.writeFloatLE(NaN, entry.offset + 4 * 5);
    await writeFile(path, bytes);
    const dictionary = await open();
    await assertFails(() => dictionary.biases(1), 'file-damaged', path, '"threshold"', 'NaN at [5]');
    await assertFails(() => dictionary.assertFinite(), 'file-damaged', path, '"threshold"', 'NaN at [5]');
  });

  test('an archive that is cut short, before and after it was opened; one that grew', async t => {
    const { cache, open } = await published(t, 'gemma2-plt-jumprelu', 'gemma-scope');
    const path = join(cache, LAYER_1, 'params.npz');
    const dictionary = await open();
    const whole = await readFile(path);
    await truncate(path, 500);
    await assertFails(() => dictionary.decoderRows(1, [20]), 'file-damaged', path);
    await assertFails(() => dictionary.encoderRows(1, [20]), 'file-damaged', path);
    await assertFails(open, 'file-damaged', path);
    await writeFile(path, Buffer.concat([whole, Buffer.alloc(100_000)]));
    await assertFails(open, 'file-damaged', path, 'directory');
    await writeFile(path, whole);
    assert.equal((await (await open()).encoderRows(1, [20])).length, 16);
    // What failed before works again once the file is whole, and fails again when it is not, mapped as it is by now.
    assert.equal((await dictionary.encoderRows(1, [20])).length, 16);
    await truncate(path, 500);
    await assertFails(() => dictionary.encoderRows(1, [20]), 'file-damaged', path, '"W_enc"', '500 bytes');
  });

  test('weights that are no tensors of numbers that graphs read', async t => {
    const { cache, open } = await published(t, 'gemma3-plt-jumprelu-skip', 'gemma-scope-2');
    const path = join(cache, LAYER_1, 'params.safetensors');
    await rewrite(path, tensor =>
      tensor.name === 'w_dec' ? { ...tensor, dtype: 'I32', data: new Int32Array(tensor.data.length) } : tensor,
    );
    const dictionary = await open();
    await assertFails(() => dictionary.decoderRows(1, [0]), 'file-unsupported', path, '"w_dec"', 'I32');
  });
});

describe('places that config.yaml lists', () => {
  const head = 'model_kind: transcoder_set\nfeature_input_hook: mlp.hook_in\nfeature_output_hook: hook_mlp_out\n';
  const withList = async (t: TestContext, entries: readonly string[]) => {
    const folder = await temporaryFolder(t);
    const list = entries.map(entry => `- ${JSON.stringify(entry)}\n`).join('');
    await writeFile(join(folder, 'config.yaml'), `${head}transcoders:${entries.length === 0 ? ' []\n' : `\n${list}`}`);
    return folder;
  };

  test('names that lead out, repositories, other schemes, nothing', async t => {
    for (const entry of [
      '../x.npz',
      '/etc/passwd',
      'a/../../x',
      'C:\\x',
      'hf://a/b',
      'hf://a',
      'hf://a/b/../c',
      'https://x/y',
    ]) {
      const folder = await withList(t, ['hf://a/b/c.npz', entry].slice(entry === 'hf://a/b' ? 1 : 0).reverse());
      await assertFails(
        () => openDictionary(folder),
        'file-unsupported',
        join(folder, 'config.yaml'),
        '"transcoders.0"',
        entry,
      );
    }
    const none = await withList(t, []);
    await assertFails(() => openDictionary(none), 'file-unsupported', join(none, 'config.yaml'), '"transcoders"');
  });

  test('files of the folder itself, in folders of it', async t => {
    const source = join(await referenceCase('llama3-plt-jumprelu'), 'transcoders');
    const folder = await temporaryFolder(t);
    const entries = [0, 1, 2].map(layer => `part/layer-${layer}.safetensors`);
    await symlink(source, join(folder, 'whole'));
    const config = await readFile(join(source, 'config.yaml'), 'utf8');
    const listed = [0, 1, 2].map(layer => `- whole/layer_${layer}.safetensors\n`).join('');
    await writeFile(join(folder, 'config.yaml'), `${config.trimEnd()}\ntranscoders:\n${listed}`);
    const own = await openDictionary(source);
    const dictionary = await openDictionary(folder);
    assert.deepEqual(await dictionary.decoderRows(2, [4]), await own.decoderRows(2, [4]));
    await writeFile(join(folder, 'config.yaml'), `${config.trimEnd()}\ntranscoders:\n- ${entries[0]}\n`);
    await assertFails(() => openDictionary(folder), 'file-missing', 'layer-0.safetensors');
  });

  test('a resolver is asked for repository, revision and file, once for each layer, in order', async t => {
    const { dictionary, cache } = await published(t, 'gemma2-plt-jumprelu', 'gemma-scope');
    const asked: string[] = [];
    const inCache = cacheResolver(cache);
    await openDictionary(dictionary, {
      resolveHub: (repo, revision, path) => {
        asked.push(`${repo} ${revision} ${path}`);
        return inCache(repo, revision, path);
      },
    });
    assert.deepEqual(asked, [
      'someone/dictionary main layer_0/width_24/params.npz',
      'someone/dictionary v1 layer_1/width_24/params.npz',
      'someone/dictionary main layer_2/width_24/params.npz',
    ]);
  });

  test('a cache without the revision, without the file, with a link to nothing', async t => {
    const { cache, open } = await published(t, 'gemma2-plt-jumprelu', 'gemma-scope');
    const path = join(cache, LAYER_1, 'params.npz');
    await rm(path);
    await assertFails(open, 'file-missing', 'layer_1/width_24/params.npz');
    await symlink('../../../../blobs/gone', path);
    await assertFails(open, 'file-damaged', path);
    await rm(join(cache, 'models--someone--dictionary/refs/v1'));
    await assertFails(open, 'file-missing', 'someone/dictionary', 'v1');
    assert.deepEqual(await readdir(join(cache, 'models--someone--dictionary/refs')), ['main']);
  });

  test('cancelling stops between files', async t => {
    const { dictionary, cache } = await published(t, 'gemma2-plt-jumprelu', 'gemma-scope');
    const stop = new AbortController();
    const inCache = cacheResolver(cache);
    const opening = openDictionary(dictionary, {
      task: { signal: stop.signal },
      resolveHub: (repo, revision, path) => {
        stop.abort();
        return inCache(repo, revision, path);
      },
    });
    await assert.rejects(opening, { code: 'cancelled' });
  });
});
