/**
 * An input of graphs with `foldNormIntoAttention`, and its only size: in how many parts of its rows each head is projected. What
 * it holds does not matter.
 */
export const HEAD_PARTS = 'head_parts';

/** What ONNX Runtime needs to copy a head's matrix before a product, as rows of it that take as long. */
const ROWS_OF_COPYING = 12;
const MOST_PARTS = 64;

/**
 * In how many parts of equal size each head's product with `rows` rows is done in the shortest time. ONNX Runtime gives each
 * product of a batch to one thread (onnxruntime/core/mlas/lib/sgemm.cpp, MlasGemmBatch): with 9 heads, one of two threads
 * would have five of them.
 */
export function headParts(rows: number, nHeads: number, threads: number): number {
  let best = 1;
  let shortest = Infinity;
  for (let parts = 1; parts <= Math.min(MOST_PARTS, rows); parts++) {
    if (rows % parts !== 0) continue;
    const time = Math.ceil((nHeads * parts) / threads) * (rows / parts + ROWS_OF_COPYING);
    if (time < shortest) [best, shortest] = [parts, time];
  }
  return best;
}
