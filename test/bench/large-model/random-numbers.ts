import { narrowToBfloat16 } from '../../../src/checkpoint/half-floats.ts';
import { normals } from '../../support/random.ts';

/** One normal number for each 16 random bits: a table is read faster than a logarithm is taken. */
const TABLE_SIZE = 2 ** 16;
const CHUNK_VALUES = 2 ** 22;

/** Standard normal numbers, ascending. */
let table: Float32Array | undefined;

function normalTable(): Float32Array {
  table ??= Float32Array.from({ length: TABLE_SIZE }, normals(1)).sort();
  return table;
}

/** The number that a standard normal one exceeds with this probability, as the numbers of this file are drawn. */
export function upperQuantile(probability: number): number {
  return normalTable()[Math.min(TABLE_SIZE - 1, Math.round((1 - probability) * TABLE_SIZE))];
}

/**
 * `count` normal numbers with this deviation as bfloat16, chunk by chunk in one buffer: each is valid until the next.
 * The same seed gives the same bytes.
 */
export function* normalChunks(count: number, deviation: number, seed: number): Generator<Uint8Array> {
  const numbers = narrowToBfloat16(normalTable().map(value => value * deviation));
  const chunk = new Uint16Array(Math.min(CHUNK_VALUES, count + (count & 1)));
  // xorshift32 (Marsaglia 2003), both halves of each number.
  let state = Math.imul(seed + 1, 2654435761) | 0 || 1;
  for (let done = 0; done < count; done += chunk.length) {
    for (let i = 0; i < chunk.length; i += 2) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      chunk[i] = numbers[state & 0xffff];
      chunk[i + 1] = numbers[state >>> 16];
    }
    yield new Uint8Array(chunk.buffer, 0, 2 * Math.min(chunk.length, count - done));
  }
}
