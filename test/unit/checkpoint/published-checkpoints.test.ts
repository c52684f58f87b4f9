/** Checkpoints as they are published: in the Hugging Face cache, in shards, in 16 bits, with tied and untied ends. */
import assert from 'node:assert/strict';
import { mkdir, open, readFile, readdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from '../../../src/checkpoint/half-floats.ts';
import { openCheckpoint, readFloat32, writeSafetensors, type WritableTensor } from '../../../src/checkpoint/index.ts';
import { NextTokenModel } from '../../../src/trace/next-token.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const TOKENS = [0, 5, 11, 3, 29, 5, 17];
const COMMIT = 'c'.repeat(40);

async function logitsOf(folder: string): Promise<Float32Array> {
  const model = await NextTokenModel.create(await openCheckpoint(folder), { threads: 1 });
  const logits = await model.logits([TOKENS]);
  await model.dispose();
  return logits;
}

async function tensorsOf(name: string): Promise<WritableTensor[]> {
  const checkpoint = await openCheckpoint(join(await referenceCase(name), 'model'));
  return Promise.all(
    [...checkpoint.names].map(async tensor => {
      const ref = checkpoint.tensor(tensor);
      return { name: tensor, dtype: 'F32' as const, shape: ref.entry.shape, data: await readFloat32(ref) };
    }),
  );
}

/** A reference model's configuration with other weights. */
async function written(t: TestContext, name: string, tensors: readonly WritableTensor[]): Promise<string> {
  const folder = await temporaryFolder(t);
  const config = await readFile(join(await referenceCase(name), 'model/config.json'));
  await writeFile(join(folder, 'config.json'), config);
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return folder;
}

/** The same in the cache's layout, in three shards: each file a link into blobs/. */
async function cached(t: TestContext, name: string): Promise<{ snapshot: string; blobs: string; index: string }> {
  const root = join(await temporaryFolder(t), 'models--owner--name');
  const [snapshot, blobs] = [join(root, 'snapshots', COMMIT), join(root, 'blobs')];
  await mkdir(snapshot, { recursive: true });
  await mkdir(blobs);
  const link = async (file: string, write: (path: string) => Promise<void>) => {
    await write(join(blobs, `blob-of-${file}`));
    await symlink(`../../blobs/blob-of-${file}`, join(snapshot, file));
  };
  const config = await readFile(join(await referenceCase(name), 'model/config.json'));
  await link('config.json', path => writeFile(path, config));
  const tensors = await tensorsOf(name);
  const weight_map: Record<string, string> = {};
  for (let shard = 0; shard < 3; shard++) {
    const file = `model-0000${shard + 1}-of-00003.safetensors`;
    const part = tensors.filter((_, i) => i % 3 === shard);
    for (const tensor of part) weight_map[tensor.name] = file;
    await link(file, path => writeSafetensors(path, part));
  }
  const text = JSON.stringify({ metadata: { total_size: 1 }, weight_map });
  await link('model.safetensors.index.json', path => writeFile(path, text));
  return { snapshot, blobs, index: join(snapshot, 'model.safetensors.index.json') };
}

describe('checkpoints in every published form give the same logits', () => {
  for (const name of ['llama3-plt-jumprelu', 'gpt2-plt-relu', 'gemma2-plt-jumprelu', 'llama3untied-plt-topk']) {
    test(`${name}: in shards, in the Hugging Face cache`, async t => {
      const { snapshot } = await cached(t, name);
      assert.equal((await openCheckpoint(snapshot)).files.length, 3);
      assert.deepEqual(await logitsOf(snapshot), await logitsOf(join(await referenceCase(name), 'model')));
    });

    for (const dtype of ['F16', 'BF16'] as const) {
      test(`${name}: ${dtype} weights are what they are in float32`, async t => {
        const tensors = await tensorsOf(name);
        const rounded = tensors.map((tensor): WritableTensor => {
          const data = new Float32Array(tensor.data.length);
          const values = tensor.data as Float32Array;
          if (dtype === 'F16') widenFloat16(narrowToFloat16(values), data);
          else widenBfloat16(narrowToBfloat16(values), data);
          return { name: tensor.name, dtype: 'F32', shape: tensor.shape, data };
        });
        const narrow = rounded.map(tensor => ({ ...tensor, dtype }) as WritableTensor);
        const actual = await logitsOf(await written(t, name, narrow));
        const expected = await logitsOf(await written(t, name, rounded));
        const exact = await logitsOf(join(await referenceCase(name), 'model'));
        const largest = Math.max(...expected.map(Math.abs));
        expected.forEach((value, i) => assert.ok(Math.abs(actual[i] - value) < 1e-5 * largest, `${i}`));
        // The rounding itself shows, or nothing would be compared.
        assert.ok(exact.some((value, i) => Math.abs(actual[i] - value) > 1e-5 * largest));
      });
    }
  }

  test('tied ends: an unembedding that is stored all the same is passed over; untied: it must be there', async t => {
    const tied = await tensorsOf('llama3-plt-jumprelu');
    const embedding = tied.find(({ name }) => name === 'model.embed_tokens.weight')!;
    const stray: WritableTensor = {
      ...embedding,
      name: 'lm_head.weight',
      dtype: 'F32',
      data: new Float32Array(32 * 16),
    };
    const expected = await logitsOf(join(await referenceCase('llama3-plt-jumprelu'), 'model'));
    assert.deepEqual(await logitsOf(await written(t, 'llama3-plt-jumprelu', [...tied, stray])), expected);
    const untied = (await tensorsOf('llama3untied-plt-topk')).filter(({ name }) => name !== 'lm_head.weight');
    const folder = await written(t, 'llama3untied-plt-topk', untied);
    await assertFails(() => logitsOf(folder), 'file-damaged', folder, '"lm_head.weight"');
  });

  test('a whole model goes before an index, and other weight files beside it are left alone', async t => {
    const folder = await written(t, 'llama3-plt-jumprelu', await tensorsOf('llama3-plt-jumprelu'));
    await writeFile(join(folder, 'model.safetensors.index.json'), '{"weight_map": {"a": "none.safetensors"}}');
    await writeFile(join(folder, 'consolidated.safetensors'), 'damaged');
    assert.equal((await openCheckpoint(folder)).files.length, 1);
  });
});

describe('checkpoints of the cache that cannot be used', () => {
  test('links to what is gone: weights, index, configuration', async t => {
    const { snapshot, blobs } = await cached(t, 'llama3-plt-jumprelu');
    const names = await readdir(snapshot);
    assert.equal(names.length, 5);
    for (const name of ['model-00002-of-00003.safetensors', 'model.safetensors.index.json', 'config.json']) {
      await rm(join(blobs, `blob-of-${name}`));
      await assertFails(() => openCheckpoint(snapshot), 'file-missing', join(snapshot, name));
    }
  });

  test('a shard of another model', async t => {
    const { snapshot, blobs, index } = await cached(t, 'llama3-plt-jumprelu');
    const shard = join(blobs, 'blob-of-model-00002-of-00003.safetensors');
    await writeSafetensors(shard, (await tensorsOf('gpt2-plt-relu')).slice(0, 3));
    await assertFails(() => openCheckpoint(snapshot), 'file-damaged', index, 'model-00002-of-00003.safetensors');
  });

  test('a file that claims a header of 1 GB, and is as long', async t => {
    const folder = await written(t, 'llama3-plt-jumprelu', await tensorsOf('llama3-plt-jumprelu'));
    const path = join(folder, 'model.safetensors');
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(2n ** 30n);
    await writeFile(path, length);
    // Sparse: it takes no room.
    await truncate(path, 2 ** 30 + 4096);
    const before = process.memoryUsage().rss;
    await assertFails(() => openCheckpoint(folder), 'file-damaged', path, '1073741824', 'limit');
    assert.ok(process.memoryUsage().rss - before < 200e6);
  });

  test('a file that shrinks or grows after it was opened', async t => {
    const folder = await written(t, 'llama3-plt-jumprelu', await tensorsOf('llama3-plt-jumprelu'));
    const path = join(folder, 'model.safetensors');
    const checkpoint = await openCheckpoint(folder);
    const expected = await logitsOf(folder);
    const handle = await open(path, 'a');
    await handle.write(Buffer.alloc(10_000, 255));
    await handle.close();
    const model = await NextTokenModel.create(checkpoint, { threads: 1 });
    assert.deepEqual(await model.logits([TOKENS]), expected);
    await model.dispose();
    await truncate(path, 5000);
    await assertFails(() => NextTokenModel.create(checkpoint), 'file-damaged', path, '5000');
    await assertFails(() => checkpoint.assertFinite(), 'file-damaged', path);
  });
});
