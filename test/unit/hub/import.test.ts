import assert from 'node:assert/strict';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cachedSnapshot } from '../../../src/checkpoint/hub/cached-files.ts';
import { importFiles } from '../../../src/checkpoint/hub/import-files.ts';
import { DISK_MARGIN, importSize } from '../../../src/checkpoint/hub/import-plan.ts';
import { planImport } from '../../../src/checkpoint/hub/plan-import.ts';
import { parseHubId } from '../../../src/checkpoint/hub/hub-id.ts';
import { assertFails } from '../../support/errors.ts';
import { hubAndCache, noise, wholePart } from './settings.ts';

const REPO = 'owner/name';
const FILES = {
  'config.json': '{}',
  'a.safetensors': noise(50_000, 1),
  'b.safetensors': noise(60_000, 2),
  'sub/c.npz': noise(70_000, 3),
};
const TOTAL = 180_002;

describe('importing', () => {
  test('all files, and then the reference; progress in bytes up to the total', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, FILES);
    const part = await wholePart(REPO, settings);
    const seen: (readonly [string, number, number | undefined])[] = [];
    const [folder] = await importFiles([part], settings, {
      progress: (...all) => seen.push(all),
    });
    assert.equal(folder, await cachedSnapshot(settings.cache, REPO, 'main'));
    for (const [name, content] of Object.entries(FILES))
      assert.deepEqual(await readFile(join(folder, name)), Buffer.from(content));
    assert.deepEqual(seen.at(-1), ['download', TOTAL, TOTAL]);
    const done = seen.map(([, bytes]) => bytes);
    assert.deepEqual(
      done,
      done.toSorted((a, b) => a - b),
    );
  });

  test('progress begins with what is there', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, FILES);
    const part = await wholePart(REPO, settings);
    await importFiles([part], settings);
    server.add(REPO, { ...FILES, 'd.safetensors': noise(10_000, 9) });
    const next = await wholePart(REPO, settings);
    const { total, present, missing } = await importSize([next], settings);
    assert.deepEqual([total, present, missing], [TOTAL + 10_000, TOTAL, 10_000]);
    const before = server.contentRequests.length;
    await importFiles([next], settings);
    assert.equal(server.contentRequests.length, before + 1);
  });

  test('a partial file counts as far as it goes', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, FILES);
    server.fail(/c\.npz/, { kind: 'cut', after: 20_000 });
    const part = await wholePart(REPO, settings);
    await assertFails(() => importFiles([part], { ...settings, attempts: 1 }), 'network', 'sub/c.npz');
    const { present } = await importSize([part], settings);
    assert.ok(present >= 20_000, String(present));
    assert.ok((await importSize([part], settings)).missing > 0);
  });

  test('one failure stops the others, and leaves no reference', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, FILES);
    server.fail(/a\.safetensors/, { kind: 'status', status: 403 }, 9);
    server.fail(/b\.safetensors/, { kind: 'silence', after: 10 }, 9);
    const part = await wholePart(REPO, settings);
    const began = performance.now();
    await assertFails(() => importFiles([part], { ...settings, silence: 30_000 }), 'hub-access', 'a.safetensors');
    assert.ok(performance.now() - began < 10_000);
    await assertFails(() => cachedSnapshot(settings.cache, REPO, 'main'), 'file-missing');
  });

  test('an older revision stays in use until the new one is whole', async t => {
    const { server, settings } = await hubAndCache(t);
    const old = server.add(REPO, { 'a.json': '1' });
    await importFiles([await wholePart(REPO, settings)], settings);
    server.add(REPO, { 'a.json': '2', 'b.json': '3' });
    server.fail(/b\.json/, { kind: 'status', status: 403 }, 9);
    const part = await wholePart(REPO, settings);
    await assertFails(() => importFiles([part], settings), 'hub-access');
    assert.ok((await cachedSnapshot(settings.cache, REPO, 'main')).endsWith(old));
    server.clearFaults();
    await importFiles([part], settings);
    assert.ok((await cachedSnapshot(settings.cache, REPO, 'main')).endsWith(part.commit));
  });

  test('files that will not fit are refused before anything is fetched', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add(REPO, FILES);
    const part = await wholePart(REPO, settings);
    const { free } = await importSize([part], settings);
    assert.ok(free !== null && free > DISK_MARGIN);
    const huge = { ...part, files: part.files.map(file => ({ ...file, size: file.size + free })) };
    await assertFails(() => importFiles([huge], settings), 'disk-full', 'GB left', settings.cache);
    assert.equal(server.contentRequests.length, 0);
    assert.equal(await stat(settings.cache).catch(() => undefined), undefined);
  });
});

describe('planning', () => {
  const plan =
    (...ids: readonly string[]) =>
    (settings: Parameters<typeof planImport>[1], withFeatures = false) =>
      planImport(
        ids.map(id => ({ id: parseHubId(id) })),
        settings,
        { withFeatures },
      );

  test('weights once, in one format, no pickles; the feature index only where it is asked for', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('a/model', {
      'README.md': '',
      'config.json': '{}',
      'tokenizer.json': '{}',
      'model-00001-of-00002.safetensors': '1',
      'model-00002-of-00002.safetensors': '2',
      'model.safetensors.index.json': '{}',
      'consolidated.safetensors': '3',
      'pytorch_model.bin': '4',
      'onnx/model.onnx': '5',
      'original/model.safetensors': '6',
    });
    server.add('a/dictionary', {
      'config.yaml': 'model_kind: transcoder_set',
      'layer_0.safetensors': '1',
      'features/layer_0.bin': '2',
      'README.md': '',
    });
    const ask = plan('a/model', 'a/dictionary');
    const { items } = await ask(settings);
    assert.deepEqual(
      items.map(({ kind, files }) => [kind, files.map(({ path }) => path).sort()]),
      [
        [
          'model',
          [
            'config.json',
            'model-00001-of-00002.safetensors',
            'model-00002-of-00002.safetensors',
            'model.safetensors.index.json',
            'tokenizer.json',
          ],
        ],
        ['dictionary', ['config.yaml', 'layer_0.safetensors']],
      ],
    );
    const { items: all } = await plan('a/dictionary')(settings, true);
    assert.ok(all[0].files.some(({ path }) => path === 'features/layer_0.bin'));
    assert.equal(server.contentRequests.length, 0);
  });

  test('a model of single shards under other names', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('a/model', { 'config.json': '{}', 'weights.safetensors': '1' });
    const { items } = await plan('a/model')(settings);
    assert.deepEqual(items[0].files.map(({ path }) => path).sort(), ['config.json', 'weights.safetensors']);
  });

  test('files that a configuration refers to, by repository and revision', async t => {
    const { server, settings } = await hubAndCache(t);
    const commit = server.add('b/layers', { 'x/0.npz': 'zero', 'x/1.npz': 'one', 'y.npz': 'not asked for' });
    server.add('b/layers', { 'x/0.npz': 'changed' });
    server.add('a/set', {
      'config.yaml': `transcoders:\n  - hf://b/layers/x/0.npz?revision=${commit}\n  - "hf://b/layers/x/1.npz?revision=${commit}"\n  - local.npz\n`,
    });
    const { parts, size } = await plan('a/set')(settings);
    assert.deepEqual(
      parts.slice(1).map(({ repo, revision, files }) => [repo, revision, files.map(({ path }) => path)]),
      [['b/layers', commit, ['x/0.npz', 'x/1.npz']]],
    );
    assert.equal(size.missing, 'zeroone'.length);
    server.add('a/bad', { 'config.yaml': 'transcoders: ["hf://b/layers/none.npz"]' });
    await assertFails(() => plan('a/bad')(settings), 'hub-missing', 'none.npz');
    server.add('a/odd', { 'config.yaml': '{ : [' });
    await assertFails(() => plan('a/odd')(settings), 'file-damaged', 'config.yaml is not YAML');
  });

  test('what is neither', async t => {
    const { server, settings } = await hubAndCache(t);
    server.add('a/data', { 'README.md': '', 'data.csv': '' });
    await assertFails(() => plan('a/data')(settings), 'file-unsupported', 'a/data has no config.json');
    server.add('a/empty', {});
    await assertFails(() => plan('a/empty')(settings), 'file-unsupported', 'a/empty');
  });
});
