import assert from 'node:assert/strict';
import { mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { cacheResolver, hubCacheFolder, parseHubReference } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

/** A repository as Python's huggingface_hub lays it out: `path` is a link into blobs/. */
async function repository(cache: string, repo: string, revision: string, path: string): Promise<string> {
  const root = join(cache, `models--${repo.replace('/', '--')}`);
  const file = join(root, 'snapshots', COMMIT, path);
  await mkdir(join(file, '..'), { recursive: true });
  await mkdir(join(root, 'blobs'), { recursive: true });
  await mkdir(join(root, 'refs', revision, '..'), { recursive: true });
  await writeFile(join(root, 'refs', revision), COMMIT);
  await writeFile(join(root, 'blobs', 'etag'), 'weights');
  await symlink(`${'../'.repeat(path.split('/').length + 1)}blobs/etag`, file);
  return root;
}

describe('the Hugging Face cache', () => {
  test('branches, pull requests and commits, files in folders', async t => {
    const cache = await temporaryFolder(t);
    await repository(cache, 'google/gemma-scope', 'refs/pr/1', 'layer_0/width_16k/params.npz');
    const resolve = cacheResolver(cache);
    for (const revision of ['refs/pr/1', COMMIT]) {
      const path = await resolve('google/gemma-scope', revision, 'layer_0/width_16k/params.npz');
      assert.equal(await readFile(path, 'utf8'), 'weights');
      assert.ok(path.endsWith('params.npz'));
    }
  });

  test('what is not there is named with its repository, and the folder', async t => {
    const cache = await temporaryFolder(t);
    await repository(cache, 'a/b', 'main', 'x.safetensors');
    const resolve = cacheResolver(cache);
    await assertFails(() => resolve('a/c', 'main', 'x.safetensors'), 'file-missing', 'hf://a/c/x.safetensors', cache);
    await assertFails(() => resolve('a/b', 'v2', 'x'), 'file-missing', 'hf://a/b/x?revision=v2', 'no revision v2');
    await assertFails(() => resolve('a/b', 'main', 'y'), 'file-missing', 'hf://a/b/y', 'without this file');
  });

  test('broken links and references', async t => {
    const cache = await temporaryFolder(t);
    const root = await repository(cache, 'a/b', 'main', 'x.safetensors');
    const resolve = cacheResolver(cache);
    await rm(join(root, 'blobs'), { recursive: true });
    await assertFails(() => resolve('a/b', 'main', 'x.safetensors'), 'file-damaged', 'x.safetensors', 'gone');
    await writeFile(join(root, 'refs/main'), '../../../etc');
    await assertFails(() => resolve('a/b', 'main', 'x.safetensors'), 'file-damaged', 'refs/main', 'commit');
  });

  test('names that lead out of the cache are refused before anything is read', async t => {
    const resolve = cacheResolver(await temporaryFolder(t));
    for (const [repo, revision, path] of [
      ['a/b', 'main', '../x'],
      ['a/b', 'main', '/etc/passwd'],
      ['a/b', 'main', 'x/../../y'],
      ['a/b', 'main', 'x\\..\\y'],
      ['a/b', 'main', 'C:x'],
      ['a/b', '../../x', 'y'],
      ['../b', 'main', 'y'],
      ['a/..', 'main', 'y'],
      ['a', 'main', 'y'],
      ['a/b/c', 'main', 'y'],
    ]) {
      await assertFails(() => resolve(repo, revision, path), 'usage', 'cannot be fetched');
    }
  });

  test('its folder by the variables that Python reads', () => {
    assert.equal(hubCacheFolder({}), join(homedir(), '.cache/huggingface/hub'));
    assert.equal(hubCacheFolder({ XDG_CACHE_HOME: '/x' }), '/x/huggingface/hub');
    assert.equal(hubCacheFolder({ XDG_CACHE_HOME: '/x', HF_HOME: '/y' }), '/y/hub');
    assert.equal(hubCacheFolder({ HF_HOME: '/y', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/z' }), '/z');
    assert.equal(hubCacheFolder({ HF_HUB_CACHE: '~/hub', HF_HOME: '' }), join(homedir(), 'hub'));
  });
});

describe('references to the hub', () => {
  test('the forms of config.yaml, of graphs and of command lines', () => {
    const at = (text: string) => {
      const { repo, revision, path } = parseHubReference(text);
      return [repo, revision, path];
    };
    assert.deepEqual(at('hf://google/gemma-scope-2b-pt-transcoders/layer_0/width_16k/average_l0_76/params.npz'), [
      'google/gemma-scope-2b-pt-transcoders',
      undefined,
      'layer_0/width_16k/average_l0_76/params.npz',
    ]);
    assert.deepEqual(at('hf://a/b/c/d.npz?revision=refs%2Fpr%2F1'), ['a/b', 'refs/pr/1', 'c/d.npz']);
    assert.deepEqual(at('hf://a/b@v1/c/d.npz'), ['a/b', 'v1', 'c/d.npz']);
    assert.deepEqual(at('mntss/clt-gemma-2-2b-2.5M'), ['mntss/clt-gemma-2-2b-2.5M', undefined, undefined]);
    assert.deepEqual(at('a/b//c/d@0ff'), ['a/b', '0ff', 'c/d']);
    assert.deepEqual(at('a/b/c@refs/pr/2'), ['a/b', 'refs/pr/2', 'c']);
    assert.deepEqual(at('hf://a/b/'), ['a/b', undefined, undefined]);
  });

  test('others are quoted', async () => {
    const others = [
      '',
      'a',
      'hf://a',
      'a/b/../c',
      'hf://a/b/../../x',
      '../b',
      'a/b@../x',
      'https://x.y/a/b',
      'hf:///a/b',
    ];
    for (const text of others) await assertFails(() => parseHubReference(text), 'usage', `"${text}"`);
  });
});
