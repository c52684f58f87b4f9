/** The conversion of `npm run real-model`, on a small file; on the whole model it equals transformers' bit by bit. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { dequantise, unpermuted } from '../../../scripts/real-model/dequantise.ts';
import { readGguf } from '../../../scripts/real-model/gguf-file.ts';
import { narrowToFloat16 } from '../../../src/checkpoint/half-floats.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number) => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string) => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const half = (value: number) => Buffer.from(narrowToFloat16(Float32Array.of(value)).buffer);

describe('GGUF', () => {
  test('fields, and tensors of the three types', async t => {
    const nibbles = Buffer.from(Array.from({ length: 16 }, (_, i) => i | ((15 - i) << 4)));
    const q4 = Buffer.concat([half(0.5), half(-2), nibbles]);
    const q8 = Buffer.concat([half(0.25), Buffer.from(Int8Array.from({ length: 32 }, (_, i) => i - 20))]);
    const f32 = Buffer.from(Float32Array.of(1.5, -3, 7).buffer);
    const tensor = (name: string, shape: number[], type: number, offset: number) =>
      Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(type), u64(offset)]);
    const fields = [
      Buffer.concat([text('general.architecture'), u32(8), text('llama')]),
      Buffer.concat([text('tokens'), u32(9), u32(8), u64(2), text('a'), text('é')]),
      Buffer.concat([text('flag'), u32(7), Buffer.from([1])]),
    ];
    const tensors = [tensor('x', [3], 0, 0), tensor('y', [16, 2], 3, 32), tensor('z', [32, 1], 8, 64)];
    const head = Buffer.concat([Buffer.from('GGUF'), u32(3), u64(3), u64(3), ...fields, ...tensors]);
    const data = Buffer.alloc(128);
    f32.copy(data, 0);
    q4.copy(data, 32);
    q8.copy(data, 64);
    const path = join(await temporaryFolder(t), 'x.gguf');
    await writeFile(path, Buffer.concat([head, Buffer.alloc((32 - (head.length % 32)) % 32), data]));

    const gguf = await readGguf(path);
    assert.deepEqual([...gguf.fields.values()], ['llama', ['a', 'é'], true]);
    const values = (name: string) => [...dequantise(gguf.tensors.get(name)!)];
    assert.deepEqual(values('x'), [1.5, -3, 7]);
    assert.deepEqual(gguf.tensors.get('y')?.shape, [2, 16]);
    // The low halves of the bytes come first.
    assert.deepEqual(
      values('y'),
      Array.from({ length: 32 }, (_, i) => 0.5 * (i < 16 ? i : 31 - i) - 2),
    );
    assert.deepEqual(
      values('z'),
      Array.from({ length: 32 }, (_, i) => 0.25 * (i - 20)),
    );
  });

  test('rows of a projection go back to where llama.cpp took them from', () => {
    const [nHeads, headDim, width] = [3, 8, 2];
    const rows = Float32Array.from({ length: nHeads * headDim * width }, (_, i) => i);
    // llama.cpp's permute: [heads, 2, headDim / 2, width] with the middle axes swapped.
    const permuted = new Float32Array(rows.length);
    for (let head = 0; head < nHeads; head++) {
      for (let part = 0; part < 2; part++) {
        for (let i = 0; i < headDim / 2; i++) {
          const from = head * headDim + part * (headDim / 2) + i;
          const to = head * headDim + i * 2 + part;
          permuted.set(rows.subarray(from * width, (from + 1) * width), to * width);
        }
      }
    }
    assert.deepEqual(unpermuted(permuted, nHeads, headDim, width), rows);
  });
});
