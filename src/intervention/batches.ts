import { tensor, type Tensors } from '../onnx/index.ts';

/** Positions that run together at most: enough to keep the matmuls busy. */
const BATCH_POSITIONS = 4096;
/** Values of the widest array that is made of a batch, 256 MB of float32. A single long prompt may exceed it. */
const BATCH_VALUES = 2 ** 26;

/** Indices of sequences of one length, in groups that run together; each index occurs once. */
export function batchesOf(sequences: readonly ArrayLike<number>[], valuesPerPosition: number): number[][] {
  const positions = Math.min(BATCH_POSITIONS, BATCH_VALUES / valuesPerPosition);
  const byLength = new Map<number, number[]>();
  sequences.forEach(({ length }, index) => {
    const known = byLength.get(length);
    if (known === undefined) byLength.set(length, [index]);
    else known.push(index);
  });
  const batches: number[][] = [];
  for (const [length, indices] of byLength) {
    const rows = Math.max(1, Math.floor(positions / length));
    for (let first = 0; first < indices.length; first += rows) batches.push(indices.slice(first, first + rows));
  }
  return batches;
}

/** The places whose logits are read, as the input `places`: each row's last position, or all of them in order. */
export function placeFeeds(nRows: number, nTokens: number, which: 'last' | 'all'): Tensors {
  const perRow = which === 'all' ? nTokens : 1;
  const places = new BigInt64Array(nRows * perRow * 2);
  for (let i = 0; i < nRows * perRow; i++) {
    places[2 * i] = BigInt(Math.floor(i / perRow));
    places[2 * i + 1] = BigInt(which === 'all' ? i % perRow : nTokens - 1);
  }
  return { places: tensor(places, [nRows * perRow, 2]) };
}

/** Row `row` of `nRows` equal parts. */
export function rowOf<Values extends Float32Array | BigInt64Array>(values: Values, row: number, nRows: number): Values {
  const size = values.length / nRows;
  return values.subarray(row * size, (row + 1) * size) as Values;
}
