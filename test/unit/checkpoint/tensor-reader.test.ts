import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  assertFinite,
  gatherRows,
  OpenFiles,
  openSafetensors,
  readFloat32,
  readInt64,
  rowChunks,
  tensorIn,
  writeSafetensors,
} from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { writeRawSafetensors } from '../../support/safetensors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

async function open(path: string, name: string) {
  return tensorIn(await openSafetensors(path), name);
}

describe('reading tensors', () => {
  test('values are those that another tensor of the reference file says they are', async () => {
    const file = await openSafetensors(
      join(await referenceCase('llama3-plt-jumprelu'), 'reference/tensors.safetensors'),
    );
    // active_indices [3, n] (layer, pos, feature) and active_values [n] pick out of activations [L, P, F].
    const activations = tensorIn(file, 'activations');
    const [, nPos, nFeatures] = activations.entry.shape;
    const all = await readFloat32(activations);
    const indices = await readInt64(tensorIn(file, 'active_indices'));
    const values = await readFloat32(tensorIn(file, 'active_values'));
    const n = values.length;
    assert.ok(n > 10);
    for (let i = 0; i < n; i++) {
      const [layer, pos, feature] = [indices[i], indices[n + i], indices[2 * n + i]].map(Number);
      assert.equal(values[i], all[(layer * nPos + pos) * nFeatures + feature]);
    }
    assert.equal(all.filter(value => value !== 0).length, n);
  });

  for (const dtype of ['F32', 'F16', 'BF16'] as const) {
    test(`rows of ${dtype}, one after another or gathered, are rows of the whole`, async t => {
      const path = join(await temporaryFolder(t), 'w.safetensors');
      const shape = [37, 3, 5];
      const data = Float32Array.from({ length: 37 * 15 }, (_, i) => i % 256);
      await writeSafetensors(path, [
        { name: 'other', dtype: 'F32', shape: [1], data: Float32Array.of(9) },
        { name: 'w', dtype, shape, data },
      ]);
      const ref = await open(path, 'w');
      assert.deepEqual(await readFloat32(ref), data);
      for (const [values, chunkRows] of [
        [1, 1],
        [100, 6],
        [1e6, 37],
      ]) {
        const chunks: number[][] = [];
        for await (const chunk of rowChunks(ref, values)) chunks.push([...chunk]);
        assert.deepEqual(chunks.flat(), [...data]);
        assert.equal(chunks[0].length, chunkRows * 15);
      }
      const files = new OpenFiles();
      await fc.assert(
        fc.asyncProperty(fc.array(fc.nat(36)), async rows => {
          const expected = rows.flatMap(row => [...data.subarray(row * 15, row * 15 + 15)]);
          assert.deepEqual([...(await gatherRows(ref, rows))], expected);
          assert.deepEqual([...(await gatherRows(ref, rows, undefined, files))], expected);
        }),
        { numRuns: 30 },
      );
      await files.close();
    });
  }

  test('rows that lie far apart are read one by one, near ones in one go', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    const width = 5000;
    const data = Float32Array.from({ length: 60 * width }, (_, i) => i);
    await writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [60, width], data }]);
    const ref = await open(path, 'w');
    const rows = Int32Array.of(59, 0, 1, 30, 3, 59);
    const gathered = await gatherRows(ref, rows);
    rows.forEach((row, i) =>
      assert.deepEqual(gathered.subarray(i * width, (i + 1) * width), data.subarray(row * width, (row + 1) * width)),
    );
  });

  test('F64 and all integer types are cast', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    const bytes = new Uint8Array(16 + 4 + 4 + 2 + 2);
    const view = new DataView(bytes.buffer);
    view.setFloat64(0, 1.25, true);
    view.setFloat64(8, -3, true);
    view.setInt32(16, -70000, true);
    view.setInt16(20, -300, true);
    view.setInt16(22, 300, true);
    bytes.set([255, 1, 128, 7], 24);
    await writeRawSafetensors(
      path,
      {
        f64: { dtype: 'F64', shape: [2], data_offsets: [0, 16] },
        i32: { dtype: 'I32', shape: [1], data_offsets: [16, 20] },
        i16: { dtype: 'I16', shape: [2], data_offsets: [20, 24] },
        u8: { dtype: 'U8', shape: [2], data_offsets: [24, 26] },
        i8: { dtype: 'I8', shape: [2], data_offsets: [26, 28] },
      },
      bytes,
    );
    const file = await openSafetensors(path);
    assert.deepEqual([...(await readFloat32(tensorIn(file, 'f64')))], [1.25, -3]);
    assert.deepEqual([...(await readInt64(tensorIn(file, 'i32')))], [-70000n]);
    assert.deepEqual([...(await readInt64(tensorIn(file, 'i16')))], [-300n, 300n]);
    assert.deepEqual([...(await readInt64(tensorIn(file, 'u8')))], [255n, 1n]);
    assert.deepEqual([...(await readInt64(tensorIn(file, 'i8')))], [-128n, 7n]);
    await assertFails(() => readFloat32(tensorIn(file, 'u8')), 'file-unsupported', path, '"u8"', 'U8');
    await assertFails(() => readInt64(tensorIn(file, 'f64')), 'file-unsupported', path, '"f64"', 'F64');
  });

  test("rows outside the tensor are the caller's mistake", async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    await writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [2, 1], data: Float32Array.of(1, 2) }]);
    const ref = await open(path, 'w');
    await assert.rejects(gatherRows(ref, [2]), RangeError);
    await assert.rejects(gatherRows(ref, [-1]), RangeError);
    await assert.rejects(gatherRows(ref, [0.5]), RangeError);
  });

  test('a file that was cut after it was opened is named', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    await writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [100], data: new Float32Array(100) }]);
    const ref = await open(path, 'w');
    await truncate(path, ref.entry.offset + 12);
    await assertFails(() => readFloat32(ref), 'file-damaged', path, 'ended at byte');
    await assertFails(() => openSafetensors(path), 'file-damaged', path, '"w"');
  });

  test('NaN and infinity are found and named by index', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    const data = new Float32Array(12);
    for (const [dtype, bad] of [
      ['F32', NaN],
      ['F16', -Infinity],
      ['BF16', NaN],
    ] as const) {
      data[7] = bad;
      await writeSafetensors(path, [{ name: 'w', dtype, shape: [3, 4], data }]);
      await assertFails(
        async () => assertFinite(await open(path, 'w')),
        'file-damaged',
        path,
        '"w"',
        String(bad),
        '[1, 3]',
      );
    }
    data[7] = 0;
    await writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [3, 4], data }]);
    await assertFinite(await open(path, 'w'));
  });

  test('a cancelled read stops', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    await writeSafetensors(path, [{ name: 'w', dtype: 'F32', shape: [1], data: Float32Array.of(1) }]);
    await assertFails(async () => readFloat32(await open(path, 'w'), { signal: AbortSignal.abort() }), 'cancelled');
  });
});
