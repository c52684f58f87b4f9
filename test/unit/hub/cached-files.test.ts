import assert from 'node:assert/strict';
import { mkdir, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { cacheResolver } from '../../../src/checkpoint/hub/cached-files.ts';
import { nameOfFolder } from '../../../src/checkpoint/hub/names.ts';
import { hubIdOf, placeOf } from '../../../src/checkpoint/hub/model-place.ts';
import { parseHubId, showHubId } from '../../../src/checkpoint/hub/hub-id.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const COMMIT = 'a'.repeat(40);
const OTHER = 'b'.repeat(40);

/** A cache as Python makes it. */
async function pythonCache(test: TestContext) {
  const cache = await temporaryFolder(test);
  const root = join(cache, 'models--owner--name');
  const write = async (path: string, text: string) => {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  };
  await write('refs/main', COMMIT);
  await write('refs/refs/pr/1', OTHER);
  await write('blobs/0123', '{"model": 1}');
  await mkdir(join(root, 'snapshots', COMMIT, 'sub'), { recursive: true });
  await symlink('../../blobs/0123', join(root, 'snapshots', COMMIT, 'config.json'));
  await symlink('../../../blobs/0123', join(root, 'snapshots', COMMIT, 'sub/config.json'));
  await symlink('../../blobs/gone', join(root, 'snapshots', COMMIT, 'broken.json'));
  await write(`.no_exist/${COMMIT}/nothing.json`, '');
  return { cache, root, write, resolve: cacheResolver(cache) };
}

describe('files of the cache', () => {
  test('by branch, by commit, in folders', async t => {
    const { root, resolve } = await pythonCache(t);
    assert.equal(await resolve('owner/name', 'main', 'config.json'), join(root, 'snapshots', COMMIT, 'config.json'));
    assert.equal(
      await resolve('owner/name', COMMIT, 'sub/config.json'),
      join(root, 'snapshots', COMMIT, 'sub/config.json'),
    );
  });

  test('what is missing is named, with the command that fetches it', async t => {
    const { cache, resolve } = await pythonCache(t);
    const missing = (repo: string, revision: string, path: string, ...words: string[]) =>
      assertFails(() => resolve(repo, revision, path), 'file-missing', ...words);
    await missing('owner/other', 'main', 'a.json', 'owner/other is not in the Hugging Face cache', cache);
    await missing('owner/name', 'v2', 'a.json', 'revision v2', 'there are main, refs/pr/1');
    await missing('owner/name', 'main', 'a.json', 'without its file a.json');
    await missing('owner/name', 'main', 'sub', 'without its file sub');
    await missing('owner/name', 'main', 'nothing.json', 'owner/name has no file nothing.json');
    await missing('owner/name', OTHER, 'a.json', `commit ${OTHER}`);
  });

  test('broken links and half caches', async t => {
    const { write, root, resolve } = await pythonCache(t);
    await assertFails(
      () => resolve('owner/name', 'main', 'broken.json'),
      'file-damaged',
      'broken.json',
      'link to a file that is gone',
    );
    await assertFails(
      () => resolve('owner/name', 'refs/pr/1', 'a.json'),
      'file-damaged',
      OTHER,
      'of which nothing is in the cache',
    );
    await write('refs/main', 'not a commit');
    await assertFails(() => resolve('owner/name', 'main', 'config.json'), 'file-damaged', 'does not hold a commit');
    await rm(join(root, 'refs'), { recursive: true });
    await assertFails(() => resolve('owner/name', 'main', 'config.json'), 'file-missing', `there are ${COMMIT}`);
    await rm(join(root, 'snapshots'), { recursive: true });
    await assertFails(() => resolve('owner/name', 'main', 'config.json'), 'file-missing', 'no complete revision');
  });

  test('names that lead out', async t => {
    const { resolve } = await pythonCache(t);
    await assertFails(() => resolve('owner/name', 'main', '../../refs/main'), 'usage');
    await assertFails(() => resolve('owner/name', '../refs', 'a.json'), 'usage');
    await assertFails(() => resolve('../name', 'main', 'a.json'), 'usage');
  });
});

describe('models by folder or id', () => {
  test('ids in every form', () => {
    assert.deepEqual(parseHubId('gpt2'), { repo: 'gpt2' });
    assert.deepEqual(parseHubId('gpt2@v1'), { repo: 'gpt2', revision: 'v1' });
    assert.deepEqual(parseHubId('a/b@refs/pr/1'), { repo: 'a/b', revision: 'refs/pr/1' });
    assert.deepEqual(parseHubId('a/b//c/d@v1'), { repo: 'a/b', revision: 'v1', folder: 'c/d' });
    assert.deepEqual(parseHubId('hf://a/b/c?revision=v1'), { repo: 'a/b', revision: 'v1', folder: 'c' });
    for (const text of ['a/b', 'gpt2@v1', 'a/b//c/d@v1']) assert.equal(showHubId(parseHubId(text)), text);
  });

  test('what can only be a path is no id', () => {
    for (const text of ['./a', '../a/b', '/a/b', '~/a', 'C:\\a', 'a\\b', '.hidden'])
      assert.equal(hubIdOf(text), undefined, text);
    assert.deepEqual(hubIdOf('a/b'), { repo: 'a/b' });
  });

  test('a folder goes before an id; otherwise the snapshot', async t => {
    const { cache, root } = await pythonCache(t);
    const snapshot = join(root, 'snapshots', COMMIT);
    await rm(join(snapshot, 'broken.json'));
    await writeFile(join(snapshot, 'model.safetensors'), '');
    assert.equal(await placeOf(root, cache), root);
    assert.equal(await placeOf('owner/name', cache), snapshot);
    assert.equal(
      await placeOf('owner/name//sub', cache).catch(String),
      'CircuitError: owner/name//sub is in the cache without its weights: ' + `${join(snapshot, 'sub')}.`,
    );
    await assertFails(() => placeOf('./nowhere', cache), 'file-missing', './nowhere is not a folder');
    await assertFails(
      () => placeOf('owner/none', cache),
      'file-missing',
      'no folder owner/none',
      'owner/none is not in the Hugging Face cache',
    );
    await assertFails(() => placeOf('owner/name//none', cache), 'file-missing', 'owner/name//none is not in the cache');
  });

  test('a folder of the cache is called by its id', async t => {
    const { root } = await pythonCache(t);
    assert.equal(nameOfFolder(join(root, 'snapshots', COMMIT)), 'owner/name');
    assert.equal(nameOfFolder(join(root, 'snapshots', COMMIT, 'sub/folder')), 'owner/name//sub/folder');
    assert.equal(nameOfFolder('/models/snapshots/mine/'), 'mine');
  });
});
