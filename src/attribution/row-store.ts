import { MagnitudeThreshold } from './cumulative.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** One target's direct effects, without what is too small. */
export interface StoredRow {
  /** Ascending. */
  readonly sources: Uint32Array;
  readonly weights: Float32Array;
  /** Sum of the absolute effects of all sources, those left out too. */
  readonly absoluteSum: number;
}

/** Rows of the adjacency as the waves deliver them; at the end one matrix over the nodes that are kept. */
export class RowStore {
  readonly #keptMass: number;
  readonly #mostEntries: number;
  readonly #threshold = new MagnitudeThreshold();
  readonly #rows = new Map<number, StoredRow>();
  /** Of the row that is being stored. */
  #sources = new Uint32Array(0);
  #weights = new Float32Array(0);

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything but zeros. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass = 1, mostEntries = Infinity) {
    this.#keptMass = keptMass;
    this.#mostEntries = mostEntries;
  }

  /** Row of node `target`: the effect of source i is effects[i]. */
  set(target: number, effects: Float32Array): void {
    // Most entries are zero, those of sources above or after the target: the passes that follow are over the rest.
    const count = this.#takeNonzero(effects);
    const weights = this.#weights.subarray(0, count);
    const { floor, absoluteSum } = this.#cut(weights);
    let kept = 0;
    for (let i = 0; i < count; i++) if (Math.abs(weights[i]) >= floor) kept++;
    const row = { sources: new Uint32Array(kept), weights: new Float32Array(kept), absoluteSum };
    for (let i = 0, next = 0; next < kept; i++) {
      if (Math.abs(weights[i]) < floor) continue;
      row.sources[next] = this.#sources[i];
      row.weights[next++] = weights[i];
    }
    this.#rows.set(target, row);
  }

  get(target: number): StoredRow | undefined {
    return this.#rows.get(target);
  }

  /** Copies what is not zero to the front of #sources and #weights; returns how many. */
  #takeNonzero(effects: Float32Array): number {
    if (this.#weights.length < effects.length) {
      this.#sources = new Uint32Array(effects.length);
      this.#weights = new Float32Array(effects.length);
    }
    const [sources, weights] = [this.#sources, this.#weights];
    let count = 0;
    for (let i = 0; i < effects.length; i++) {
      const weight = effects[i];
      if (weight === 0) continue;
      sources[count] = i;
      weights[count++] = weight;
    }
    return count;
  }

  /** [nodes.length]; sums of the absolute effects on each node of all sources, 0 without a row. */
  absoluteSums(nodes: Uint32Array): Float64Array {
    return Float64Array.from(nodes, node => this.#rows.get(node)?.absoluteSum ?? 0);
  }

  /** The least magnitude that is kept. */
  #cut(weights: Float32Array): { floor: number; absoluteSum: number } {
    if (this.#keptMass < 1) {
      const { threshold, total } = this.#threshold.of(weights, this.#keptMass, this.#mostEntries);
      return { floor: threshold, absoluteSum: total };
    }
    let absoluteSum = 0;
    for (let i = 0; i < weights.length; i++) absoluteSum += Math.abs(weights[i]);
    return { floor: 0, absoluteSum };
  }

  /** The matrix over the nodes `kept` (ascending), of `size` nodes in all before. Empties the store row by row. */
  build(kept: Uint32Array, size: number): SparseMatrix {
    const place = new Int32Array(size).fill(-1);
    kept.forEach((node, i) => (place[node] = i));
    const isWhole = kept.length === size;
    const rowStart = new Uint32Array(kept.length + 1);
    kept.forEach((node, i) => {
      const sources = this.#rows.get(node)?.sources;
      rowStart[i + 1] =
        rowStart[i] + (sources === undefined ? 0 : isWhole ? sources.length : countKept(sources, place));
    });
    const sources = new Uint32Array(rowStart[kept.length]);
    const weights = new Float32Array(rowStart[kept.length]);
    let next = 0;
    for (const node of kept) {
      const row = this.#rows.get(node);
      if (row === undefined) continue;
      this.#rows.delete(node);
      if (isWhole) {
        sources.set(row.sources, next);
        weights.set(row.weights, next);
        next += row.sources.length;
        continue;
      }
      for (let entry = 0; entry < row.sources.length; entry++) {
        const source = place[row.sources[entry]];
        if (source < 0) continue;
        sources[next] = source;
        weights[next++] = row.weights[entry];
      }
    }
    return { size: kept.length, rowStart, sources, weights };
  }
}

function countKept(sources: Uint32Array, place: Int32Array): number {
  let count = 0;
  for (let entry = 0; entry < sources.length; entry++) if (place[sources[entry]] >= 0) count++;
  return count;
}
