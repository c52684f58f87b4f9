import assert from 'node:assert/strict';
import { copyFile, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openCheckpoint, readFloat32, writeSafetensors } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase, referenceCases } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const EMBEDDING = 'model.embed_tokens.weight';
const model = async () => join(await referenceCase('llama3-clt-relu'), 'model');

/** The reference Llama in two shards with an index. */
async function sharded(folder: string): Promise<Record<string, string>> {
  const whole = await openCheckpoint(await model());
  const weight_map: Record<string, string> = {};
  const shards: Record<string, Parameters<typeof writeSafetensors>[1][number][]> = {};
  for (const name of whole.names) {
    const shard = name.includes('layers.2') ? 'model-00002-of-00002.safetensors' : 'model-00001-of-00002.safetensors';
    const ref = whole.tensor(name);
    weight_map[name] = shard;
    (shards[shard] ??= []).push({ name, dtype: 'F32', shape: ref.entry.shape, data: await readFloat32(ref) });
  }
  for (const [shard, tensors] of Object.entries(shards)) await writeSafetensors(join(folder, shard), tensors);
  await copyFile(join(await model(), 'config.json'), join(folder, 'config.json'));
  await writeFile(join(folder, 'model.safetensors.index.json'), JSON.stringify({ metadata: {}, weight_map }));
  return weight_map;
}

describe('checkpoint folders', () => {
  test('every reference model opens, is finite and has no tokenizer', async () => {
    for (const name of referenceCases) {
      const checkpoint = await openCheckpoint(join(await referenceCase(name), 'model'));
      assert.ok(checkpoint.totalBytes > 30_000);
      await checkpoint.assertFinite();
      assert.equal(await checkpoint.tokenizer(), undefined);
    }
  });

  test('shapes that the config asks for are checked', async () => {
    const checkpoint = await openCheckpoint(await model());
    assert.deepEqual(checkpoint.expectShape(EMBEDDING, [32, 16]).entry.shape, [32, 16]);
    assert.equal(checkpoint.has('lm_head.weight'), false);
    const path = join(checkpoint.dir, 'model.safetensors');
    await assertFails(
      () => checkpoint.expectShape(EMBEDDING, [32, 24]),
      'model-mismatch',
      path,
      EMBEDDING,
      '[32, 16]',
      '[32, 24]',
      'config.json',
    );
    await assertFails(() => checkpoint.expectShape(EMBEDDING, [32]), 'model-mismatch', EMBEDDING);
    await assertFails(() => checkpoint.tensor('lm_head.weight'), 'file-damaged', path, '"lm_head.weight"', '"llama"');
  });

  test('shards hold the same tensors as the one file', async t => {
    const folder = await temporaryFolder(t);
    await sharded(folder);
    const whole = await openCheckpoint(await model());
    const parts = await openCheckpoint(folder);
    assert.deepEqual([...parts.names].sort(), [...whole.names].sort());
    for (const name of whole.names) {
      assert.deepEqual(await readFloat32(parts.tensor(name)), await readFloat32(whole.tensor(name)));
    }
  });

  test('an index that names a missing shard, a missing tensor or a path is refused', async t => {
    const folder = await temporaryFolder(t);
    const weight_map = await sharded(folder);
    const index = join(folder, 'model.safetensors.index.json');
    const write = (map: object) => writeFile(index, JSON.stringify({ weight_map: map }));
    await write({ ...weight_map, extra: 'model-00002-of-00002.safetensors' });
    await assertFails(
      () => openCheckpoint(folder),
      'file-damaged',
      index,
      '"extra"',
      'model-00002-of-00002.safetensors',
    );
    for (const path of ['../model.safetensors', '/etc/passwd', 'sub\\x.safetensors', 'pytorch_model.bin']) {
      await write({ ...weight_map, extra: path });
      await assertFails(() => openCheckpoint(folder), 'file-damaged', index, path);
    }
    await writeFile(index, '{"weight_map": {"a": 7}}');
    await assertFails(() => openCheckpoint(folder), 'file-damaged', index, '"weight_map.a"');
    await write(weight_map);
    await rm(join(folder, 'model-00002-of-00002.safetensors'));
    await assertFails(() => openCheckpoint(folder), 'file-missing', 'model-00002-of-00002.safetensors');
  });

  test('missing and truncated weights are named', async t => {
    const folder = await temporaryFolder(t, await model());
    const path = join(folder, 'model.safetensors');
    await truncate(path, 20_000);
    await assertFails(() => openCheckpoint(folder), 'file-damaged', path, 'tensor "model.');
    await truncate(path, 100);
    await assertFails(() => openCheckpoint(folder), 'file-damaged', path, 'claims a header of');
    await rename(path, join(folder, 'pytorch_model.bin'));
    await assertFails(() => openCheckpoint(folder), 'file-missing', folder, '.safetensors');
    await assert.rejects(openCheckpoint(folder), { remedy: /pytorch_model\.bin is a Python pickle/ });
    await assertFails(() => openCheckpoint(join(folder, 'none')), 'file-missing', 'none');
  });

  test('a tensor in two files is refused', async t => {
    const folder = await temporaryFolder(t, await model());
    await copyFile(join(folder, 'model.safetensors'), join(folder, 'copy.safetensors'));
    assert.equal((await openCheckpoint(folder)).files.length, 1);
    await rename(join(folder, 'model.safetensors'), join(folder, 'other.safetensors'));
    await assertFails(() => openCheckpoint(folder), 'file-damaged', 'copy.safetensors', 'other.safetensors', EMBEDDING);
  });

  test('NaN weights are named', async t => {
    const folder = await temporaryFolder(t, await model());
    const path = join(folder, 'model.safetensors');
    const { entry } = (await openCheckpoint(folder)).tensor('model.layers.1.mlp.down_proj.weight');
    const bytes = await readFile(path);
    bytes.writeFloatLE(NaN, entry.offset + 4 * 37);
    await writeFile(path, bytes);
    const checkpoint = await openCheckpoint(folder);
    await assertFails(() => checkpoint.assertFinite(), 'file-damaged', path, entry.name, 'NaN at [1, 5]');
  });

  test('the identity follows content, not place; any byte changes it', async t => {
    const original = await (await openCheckpoint(await model())).identity();
    assert.match(original, /^[0-9a-f]{64}$/);
    const folder = await temporaryFolder(t, await model());
    assert.equal(await (await openCheckpoint(folder)).identity(), original);
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    bytes[bytes.length - 5] ^= 1;
    await writeFile(path, bytes);
    const changed = await (await openCheckpoint(folder)).identity();
    assert.notEqual(changed, original);
    const config = join(folder, 'config.json');
    await writeFile(config, (await readFile(config, 'utf8')).replace('500000', '500001'));
    assert.notEqual(await (await openCheckpoint(folder)).identity(), changed);
  });
});
