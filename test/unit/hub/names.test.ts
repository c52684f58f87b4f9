import assert from 'node:assert/strict';
import { join, relative, resolve, sep } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { checkRepository, checkRevision, isInsideName, repositoryFolders } from '../../../src/checkpoint/hub/names.ts';
import { assertFails } from '../../support/errors.ts';

describe('names from people and servers', () => {
  test('ids of repositories', async () => {
    for (const id of ['gpt2', 'google/gemma-2-2b', 'Qwen/Qwen3-0.6B', 'a_b/c.d-e', 'meta-llama/Llama-3.2-1B'])
      checkRepository(id);
    for (const id of [
      '',
      '/',
      'a/',
      '/b',
      'a/b/c',
      '../b',
      'a/..',
      '.a/b',
      'a/b.',
      'a--b/c',
      'a/b..c',
      'a/b.git',
      'a b/c',
      'a/-b',
      'a\\b',
      'a/b\0',
      `a/${'b'.repeat(97)}`,
    ]) {
      await assertFails(() => checkRepository(id), 'usage');
    }
  });

  test('revisions', async () => {
    for (const name of ['main', 'v1.0', 'refs/pr/1', '0'.repeat(40)]) checkRevision(name);
    for (const name of ['', '..', 'a/../b', '/etc', '--upload', 'a\\b', 'a//b'])
      await assertFails(() => checkRevision(name), 'usage');
  });

  test('names that stay inside', () => {
    for (const name of ['config.json', 'a/b/c.npz', 'with space.txt', 'ü.json', '..hidden', 'a..b'])
      assert.ok(isInsideName(name), name);
    for (const name of [
      '',
      '.',
      '..',
      '../a',
      'a/../../b',
      '/a',
      'a/',
      'a//b',
      'a\\b',
      'C:/a',
      'a\nb',
      'a\0',
      'x'.repeat(1001),
    ]) {
      assert.ok(!isInsideName(name), JSON.stringify(name));
    }
  });

  test('names that Windows keeps for devices are refused there', () => {
    for (const name of ['con', 'a/NUL.txt', 'LPT1', 'a.', 'a ', 'a?b']) {
      assert.ok(!isInsideName(name, 'win32'), name);
      assert.ok(isInsideName(name, 'linux'), name);
    }
  });

  test('whatever is accepted lies below the folder', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '~', '%2e%2e', 'b c', '\\', 'C:', '/');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), parts => {
        const name = parts.join('/');
        if (!isInsideName(name)) return;
        const way = relative(resolve('/cache'), join(resolve('/cache'), ...name.split('/')));
        assert.ok(way !== '' && !way.startsWith('..') && !way.startsWith(sep), name);
      }),
    );
  });

  test('folders of a repository are those of Python', () => {
    const { root, blobs } = repositoryFolders('/cache', 'google/gemma-2-2b');
    assert.equal(root, join('/cache', 'models--google--gemma-2-2b'));
    assert.equal(blobs, join(root, 'blobs'));
    assert.equal(repositoryFolders('/cache', 'gpt2').root, join('/cache', 'models--gpt2'));
  });
});
