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
  const rowStart = new Uint32Array(nRows + 1);
  const features = new Uint32Array(values.length);
  const sorted = new Float32Array(values.length);
  let count = 0;
  for (let row = 0; row < nRows; row++) {
    rowStart[row] = count;
    if (skip(row)) continue;
    const order: number[] = [];
    for (let i = row * k; i < (row + 1) * k; i++) if (values[i] !== 0) order.push(i);
    order.sort((a, b) => Number(indices[a] - indices[b]));
    for (const i of order) {
      features[count] = Number(indices[i]);
      sorted[count++] = values[i];
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
