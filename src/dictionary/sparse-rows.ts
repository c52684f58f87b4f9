/** The active features of a batch of rows (positions), compressed: row r holds entries rowStart[r] to rowStart[r + 1] - 1. */
export interface SparseRows {
  /** [rows + 1] */
  readonly rowStart: Uint32Array;
  /** [entries], ascending within a row. */
  readonly features: Uint32Array;
  /** [entries]; never 0. */
  readonly values: Float32Array;
}

/**
 * The k read-out values of each row without the zeros, in the order of the features.
 * values, indices: [rows, k]; a row for which `skip` holds is left empty.
 */
export function compressRows(
  values: Float32Array,
  indices: BigInt64Array,
  nRows: number,
  skip: (row: number) => boolean = () => false,
): SparseRows {
  const k = values.length / nRows;
  // Indices are far below 2^32: their low words are all that counts.
  const words = new Uint32Array(indices.buffer, indices.byteOffset, 2 * indices.length);
  const rowStart = new Uint32Array(nRows + 1);
  const features = new Uint32Array(values.length);
  const sorted = new Float32Array(values.length);
  // Feature and place in one number, as numbers are sorted faster than by a function.
  const keys = new Float64Array(k);
  let count = 0;
  for (let row = 0; row < nRows; row++) {
    rowStart[row] = count;
    if (skip(row)) continue;
    let found = 0;
    for (let i = 0; i < k; i++) if (values[row * k + i] !== 0) keys[found++] = words[2 * (row * k + i)] * k + i;
    for (const key of keys.subarray(0, found).sort()) {
      features[count] = Math.floor(key / k);
      sorted[count++] = values[row * k + (key % k)];
    }
  }
  rowStart[nRows] = count;
  return { rowStart, features: features.slice(0, count), values: sorted.slice(0, count) };
}

/** The rows after `count` without an entry. */
export function withEmptyRows(count: number, { rowStart, features, values }: SparseRows): SparseRows {
  const starts = new Uint32Array(count + rowStart.length);
  starts.set(rowStart, count);
  return { rowStart: starts, features, values };
}
