import { absoluteSumOf, type EffectRow } from './effect-row.ts';
import { RowCutter, type CutRow } from './row-cutter.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** One target's direct effects: where they were read, or the strongest, copied. */
type StoredRow = WholeRow | (CutRow & { readonly runs?: undefined });

interface WholeRow {
  readonly runs: () => EffectRow;
  /** Sum of the absolute effects of all sources. */
  readonly absoluteSum: number;
}

/** Rows of the adjacency as the waves deliver them; at the end one matrix over the nodes that are kept. */
export class RowStore {
  readonly #keepsAll: boolean;
  readonly #cutter: RowCutter;
  readonly #rows = new Map<number, StoredRow>();

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass = 1, mostEntries = Infinity) {
    this.#keepsAll = keptMass === 1;
    this.#cutter = new RowCutter(keptMass, mostEntries);
  }

  /** Row of node `target`. */
  set(target: number, row: EffectRow): void {
    const stored =
      this.#keepsAll && row.keep !== undefined
        ? { runs: row.keep(), absoluteSum: absoluteSumOf(row) }
        : this.#cutter.cut(row);
    this.#rows.set(target, stored);
  }

  has(target: number): boolean {
    return this.#rows.has(target);
  }

  /**
   * Adds to influences[source], for the sources 0 to influences.length - 1, what `influence` on `target` passes on to
   * each: the share of its absolute effect in the row's sum.
   */
  passOn(target: number, influence: number, influences: Float64Array): void {
    const row = this.#rows.get(target);
    if (row === undefined || row.absoluteSum === 0 || influence === 0) return;
    const factor = influence / row.absoluteSum;
    if (row.runs === undefined) {
      const { sources, weights } = row;
      for (let entry = 0; entry < sources.length && sources[entry] < influences.length; entry++) {
        influences[sources[entry]] += Math.abs(weights[entry]) * factor;
      }
      return;
    }
    const { count, nodes, lengths, values, starts } = row.runs();
    for (let run = 0; run < count && nodes[run] < influences.length; run++) {
      const effects = values[run];
      const end = Math.min(nodes[run] + lengths[run], influences.length);
      let from = starts[run];
      for (let node = nodes[run]; node < end; node++) influences[node] += Math.abs(effects[from++]) * factor;
    }
  }

  /** [nodes.length]; sums of the absolute effects on each node of all sources, 0 without a row. */
  absoluteSums(nodes: Uint32Array): Float64Array {
    return Float64Array.from(nodes, node => this.#rows.get(node)?.absoluteSum ?? 0);
  }

  /** The matrix over the nodes `kept` (ascending), of `size` nodes in all before. Empties the store. */
  build(kept: Uint32Array, size: number): SparseMatrix {
    const columns = new KeptColumns(kept, size);
    const rowStart = new Uint32Array(kept.length + 1);
    kept.forEach((node, i) => {
      const row = this.#rows.get(node);
      rowStart[i + 1] = rowStart[i] + (row === undefined ? 0 : columns.take(row));
    });
    const sources = new Uint32Array(rowStart[kept.length]);
    const weights = new Float32Array(rowStart[kept.length]);
    kept.forEach((node, i) => {
      const row = this.#rows.get(node);
      if (row === undefined) return;
      this.#rows.delete(node);
      columns.take(row, { sources, weights, next: rowStart[i] });
    });
    this.#rows.clear();
    return { size: kept.length, rowStart, sources, weights };
  }
}

/** Where the entries of rows go. */
interface Entries {
  readonly sources: Uint32Array;
  readonly weights: Float32Array;
  next: number;
}

/** The columns of the kept nodes in rows over all. */
class KeptColumns {
  readonly #kept: Uint32Array;
  /** [size + 1]; how many nodes before this one are kept. */
  readonly #keptBefore: Uint32Array;

  constructor(kept: Uint32Array, size: number) {
    this.#kept = kept;
    this.#keptBefore = new Uint32Array(size + 1);
    for (const node of kept) this.#keptBefore[node + 1] = 1;
    for (let node = 0; node < size; node++) this.#keptBefore[node + 1] += this.#keptBefore[node];
  }

  /** How many entries that are not zero a row has among them; writes them to `into`. */
  take(row: StoredRow, into?: Entries): number {
    return row.runs === undefined ? this.#takeCut(row, into) : this.#takeRuns(row.runs(), into);
  }

  #takeRuns({ count: runs, nodes, lengths, values, starts }: EffectRow, into: Entries | undefined): number {
    let count = 0;
    for (let run = 0; run < runs; run++) {
      const [effects, node] = [values[run], nodes[run]];
      const from = starts[run] - node;
      const end = this.#keptBefore[node + lengths[run]];
      for (let column = this.#keptBefore[node]; column < end; column++) {
        const weight = effects[from + this.#kept[column]];
        if (weight === 0) continue;
        count++;
        if (into === undefined) continue;
        into.sources[into.next] = column;
        into.weights[into.next++] = weight;
      }
    }
    return count;
  }

  #takeCut({ sources, weights }: CutRow, into: Entries | undefined): number {
    let count = 0;
    for (let entry = 0; entry < sources.length; entry++) {
      const column = this.#keptBefore[sources[entry]];
      if (this.#keptBefore[sources[entry] + 1] === column) continue;
      count++;
      if (into === undefined) continue;
      into.sources[into.next] = column;
      into.weights[into.next++] = weights[entry];
    }
    return count;
  }
}
