import type { SparseMatrix } from './sparse-matrix.ts';

/** Rows of the adjacency as they arrive, without their zeros; at the end one matrix. */
export class RowStore {
  readonly #rows: ({ readonly sources: Uint32Array; readonly weights: Float32Array } | undefined)[] = [];

  /** Row `target`: the effect of source i is effects[i]. Each row is set once. */
  set(target: number, effects: Float32Array): void {
    let count = 0;
    for (let i = 0; i < effects.length; i++) if (effects[i] !== 0) count++;
    const sources = new Uint32Array(count);
    const weights = new Float32Array(count);
    for (let i = 0, next = 0; i < effects.length; i++) {
      if (effects[i] === 0) continue;
      sources[next] = i;
      weights[next++] = effects[i];
    }
    this.#rows[target] = { sources, weights };
  }

  /** [size, size]; rows that were never set are empty. */
  build(size: number): SparseMatrix {
    const rowStart = new Uint32Array(size + 1);
    for (let target = 0; target < size; target++) {
      rowStart[target + 1] = rowStart[target] + (this.#rows[target]?.sources.length ?? 0);
    }
    const sources = new Uint32Array(rowStart[size]);
    const weights = new Float32Array(rowStart[size]);
    this.#rows.forEach((row, target) => {
      if (row === undefined) return;
      sources.set(row.sources, rowStart[target]);
      weights.set(row.weights, rowStart[target]);
    });
    return { size, rowStart, sources, weights };
  }
}
