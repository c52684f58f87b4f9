import { writeFileAtomically } from '../../../src/checkpoint/index.ts';
import { DTYPE_BYTES, elementCount } from '../../../src/checkpoint/tensor-entry.ts';
import { normalChunks } from './random-numbers.ts';

/** A tensor that is made while it is written, and is never in memory as a whole. */
export interface StreamedTensor {
  readonly name: string;
  readonly dtype: 'BF16' | 'F32';
  readonly shape: readonly number[];
  readonly chunks: () => Iterable<Uint8Array>;
}

/** Normal numbers in bfloat16. */
export function randomTensor(name: string, shape: readonly number[], deviation: number, seed: number): StreamedTensor {
  return { name, dtype: 'BF16', shape, chunks: () => normalChunks(elementCount(shape), deviation, seed) };
}

/** One float32 number over and over. */
export function constantTensor(name: string, shape: readonly number[], value: number): StreamedTensor {
  const numbers = new Float32Array(elementCount(shape)).fill(value);
  return { name, dtype: 'F32', shape, chunks: () => [new Uint8Array(numbers.buffer)] };
}

/** Writes tensors one after the other; returns the bytes of their data. */
export async function writeStreamed(path: string, tensors: readonly StreamedTensor[]): Promise<number> {
  let end = 0;
  const header = Object.fromEntries(
    tensors.map(({ name, dtype, shape }) => {
      const begin = end;
      end += elementCount(shape) * DTYPE_BYTES[dtype];
      return [name, { dtype, shape, data_offsets: [begin, end] }];
    }),
  );
  await writeFileAtomically(path, fileChunks(JSON.stringify(header), tensors));
  return end;
}

function* fileChunks(json: string, tensors: readonly StreamedTensor[]): Generator<Uint8Array> {
  const header = Buffer.from(json + ' '.repeat((8 - (json.length % 8)) % 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  yield length;
  yield header;
  for (const { chunks } of tensors) yield* chunks();
}
