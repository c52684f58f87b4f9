import assert from 'node:assert/strict';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  openSafetensors,
  writeFileAtomically,
  writeSafetensors,
  type WritableTensor,
} from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const tensors: WritableTensor[] = [
  { name: 'b.f32', dtype: 'F32', shape: [2, 2], data: Float32Array.of(1.5, -2, 3, 1e-3) },
  { name: 'a.f16', dtype: 'F16', shape: [3], data: Float32Array.of(1.0009765625, 65504, 6e-8) },
  { name: 'ids', dtype: 'I64', shape: [3], data: BigInt64Array.of(1n, -2n, 2n ** 40n) },
  { name: 'c', dtype: 'I32', shape: [3], data: Int32Array.of(7, 8, 9) },
  { name: 'é', dtype: 'F32', shape: [], data: Float32Array.of(2.5) },
];

/** What safetensors 0.8.0 (Python over Rust) writes for the same tensors and metadata {format: pt}. */
const RUST =
  'QAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJpZHMiOnsiZHR5cGUiOiJJNjQiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlswLDI0XX0sImIuZjMyIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUiOlsyLDJdLCJkYXRhX29mZnNldHMiOlsyNCw0MF19LCLDqSI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbXSwiZGF0YV9vZmZzZXRzIjpbNDAsNDRdfSwiYyI6eyJkdHlwZSI6IkkzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzQ0LDU2XX0sImEuZjE2Ijp7ImR0eXBlIjoiRjE2Iiwic2hhcGUiOlszXSwiZGF0YV9vZmZzZXRzIjpbNTYsNjJdfX0gIAEAAAAAAAAA/v////////8AAAAAAAEAAAAAwD8AAADAAABAQG8SgzoAACBABwAAAAgAAAAJAAAAATz/ewEA';

describe('writing safetensors', () => {
  test('the bytes are those of the Rust library, in whatever order the tensors come', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    for (const order of [tensors, tensors.toReversed()]) {
      await writeSafetensors(path, order, { format: 'pt' });
      assert.equal((await readFile(path)).toString('base64'), RUST);
    }
    assert.equal((await openSafetensors(path)).entries.size, 5);
  });

  test('a value beyond 16 bits is refused and nothing is left', async t => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'w.safetensors');
    await writeFile(path, 'the old file');
    const tensor: WritableTensor = { name: 'w', dtype: 'F16', shape: [2], data: Float32Array.of(1, 70000) };
    await assertFails(() => writeSafetensors(path, [tensor]), 'file-write', path, '"w"', '70000');
    assert.equal(await readFile(path, 'utf8'), 'the old file');
    assert.deepEqual(await readdir(folder), ['w.safetensors']);
  });

  test('wrong lengths and repeated names are programming errors', async t => {
    const path = join(await temporaryFolder(t), 'w.safetensors');
    const tensor: WritableTensor = { name: 'w', dtype: 'F32', shape: [3], data: new Float32Array(2) };
    await assert.rejects(writeSafetensors(path, [tensor]), RangeError);
    const twice: WritableTensor = { name: 'w', dtype: 'F32', shape: [2], data: new Float32Array(2) };
    await assert.rejects(writeSafetensors(path, [twice, twice]), RangeError);
  });

  test('a write that fails half way leaves the old file and no other', async t => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'text');
    await writeFileAtomically(path, ['old']);
    await assertFails(
      () =>
        writeFileAtomically(
          path,
          (function* () {
            yield 'new';
            throw new Error('the disk is full');
          })(),
        ),
      'file-write',
      path,
      'the disk is full',
    );
    assert.equal(await readFile(path, 'utf8'), 'old');
    assert.deepEqual(await readdir(folder), ['text']);
    await assertFails(() => writeFileAtomically(join(folder, 'none', 'x'), ['x']), 'file-write', 'none');
    await mkdir(join(folder, 'folder', 'inner'), { recursive: true });
    await assertFails(() => writeFileAtomically(join(folder, 'folder'), ['x']), 'file-write', 'folder');
    assert.deepEqual((await readdir(folder)).sort(), ['folder', 'text']);
  });
});
