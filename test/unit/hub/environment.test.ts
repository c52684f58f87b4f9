import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hubCacheFolder, hubSettings } from '../../../src/checkpoint/hub/environment.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

// The rules of huggingface_hub's constants.py.
describe('the folder of the cache', () => {
  const cases: readonly (readonly [string, Readonly<Record<string, string>>, string])[] = [
    ['in the home folder', { HOME: '/home/ada' }, '/home/ada/.cache/huggingface/hub'],
    ['XDG_CACHE_HOME', { HOME: '/home/ada', XDG_CACHE_HOME: '/xdg' }, '/xdg/huggingface/hub'],
    ['HF_HOME before XDG_CACHE_HOME', { XDG_CACHE_HOME: '/xdg', HF_HOME: '/hf' }, '/hf/hub'],
    ['the former variable', { HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    ['HF_HUB_CACHE before all', { HF_HOME: '/hf', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/new' }, '/new'],
    ['~ is the home folder', { HOME: '/home/ada', HF_HOME: '~/hf' }, '/home/ada/hf/hub'],
    ['variables in paths', { SCRATCH: '/scratch', HF_HUB_CACHE: '$SCRATCH/${SCRATCH}/hub' }, '/scratch//scratch/hub'],
    [
      'an empty variable is none',
      { HOME: '/home/ada', HF_HOME: '', HF_HUB_CACHE: '' },
      '/home/ada/.cache/huggingface/hub',
    ],
  ];
  for (const [name, environment, folder] of cases) {
    test(name, { skip: process.platform === 'win32' }, () => assert.equal(hubCacheFolder(environment), folder));
  }
});

describe('the token', () => {
  test('HF_TOKEN, then its former name, then the token file', async t => {
    const home = await temporaryFolder(t);
    await writeFile(join(home, 'token'), '  hf_file\n');
    await writeFile(join(home, 'elsewhere'), 'hf_elsewhere\r\n');
    const token = async (environment: Record<string, string>) =>
      (await hubSettings({ HF_HOME: home, ...environment })).token;
    assert.deepEqual(await token({ HF_TOKEN: ' hf_a\n', HUGGING_FACE_HUB_TOKEN: 'hf_b' }), {
      value: 'hf_a',
      source: 'HF_TOKEN',
    });
    assert.deepEqual(await token({ HF_TOKEN: '', HUGGING_FACE_HUB_TOKEN: 'hf_b' }), {
      value: 'hf_b',
      source: 'HUGGING_FACE_HUB_TOKEN',
    });
    assert.deepEqual(await token({}), { value: 'hf_file', source: join(home, 'token') });
    assert.equal((await token({ HF_TOKEN_PATH: join(home, 'elsewhere') }))?.value, 'hf_elsewhere');
    assert.equal(await token({ HF_TOKEN_PATH: join(home, 'nowhere') }), undefined);
  });

  test('in the home folder, where `hf auth login` puts it', { skip: process.platform === 'win32' }, async t => {
    const home = await temporaryFolder(t);
    await mkdir(join(home, '.cache/huggingface'), { recursive: true });
    await writeFile(join(home, '.cache/huggingface/token'), 'hf_home');
    assert.equal((await hubSettings({ HOME: home })).token?.value, 'hf_home');
  });
});

describe('settings', () => {
  test('the address of the hub', async () => {
    assert.equal((await hubSettings({ HF_HOME: '/none' })).endpoint, 'https://huggingface.co');
    assert.equal(
      (await hubSettings({ HF_HOME: '/none', HF_ENDPOINT: 'http://127.0.0.1:9//' })).endpoint,
      'http://127.0.0.1:9',
    );
    await assertFails(() => hubSettings({ HF_HOME: '/none', HF_ENDPOINT: 'huggingface.co' }), 'usage', 'HF_ENDPOINT');
  });

  test('offline, links, patience', async () => {
    const plain = await hubSettings({ HF_HOME: '/none' });
    assert.deepEqual([plain.offline, plain.links, plain.silence, plain.proxy], [false, true, 30_000, undefined]);
    const set = await hubSettings({
      HF_HOME: '/none',
      HF_HUB_OFFLINE: 'true',
      HF_HUB_DISABLE_SYMLINKS: '1',
      HF_HUB_DOWNLOAD_TIMEOUT: '5',
    });
    assert.deepEqual([set.offline, set.links, set.silence], [true, false, 5000]);
    assert.equal((await hubSettings({ HF_HOME: '/none', HF_HUB_OFFLINE: '0' })).offline, false);
  });

  test('proxies, small letters first', async () => {
    const { proxy } = await hubSettings({
      HF_HOME: '/none',
      https_proxy: 'http://a:1',
      HTTPS_PROXY: 'http://b:2',
      NO_PROXY: 'c',
    });
    assert.deepEqual(proxy, { http: undefined, https: 'http://a:1', except: 'c' });
  });
});
