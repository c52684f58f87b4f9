import assert from 'node:assert/strict';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { referenceCase, referenceCases, referenceFolder } from '../../support/reference.ts';

describe('the reference archive', () => {
  test('holds exactly the cases that are listed', async () => {
    const entries = await readdir(await referenceFolder(), { withFileTypes: true });
    const folders = entries.filter(entry => entry.isDirectory()).map(entry => entry.name);
    assert.deepEqual(folders.sort(), [...referenceCases].sort());
    assert.equal(referenceCases.length, 27);
  });

  test('unpacks files whole', async () => {
    const folder = await referenceCase('gemma2-clt-relu');
    assert.equal((await stat(join(folder, 'reference/graph_targets.safetensors'))).size, 277554);
  });

  test('refuses a case that does not exist', async () => {
    await assert.rejects(referenceCase('llama4'), /llama4/);
  });
});
