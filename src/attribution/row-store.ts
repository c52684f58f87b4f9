import { absoluteSumOf, type EffectRow, type KeptBatch, type KeptRow } from './effect-row.ts';
import { RowCutter, type CutRow } from './row-cutter.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** One target's direct effects: where they were read, or the strongest, copied. */
type StoredRow = WholeRow | (CutRow & { readonly runs?: undefined });
/** One that is not stored yet too. */
type AnyRow = StoredRow | { readonly runs: () => EffectRow; readonly absoluteSum: number };

interface WholeRow extends KeptRow {
  /** Sum of the absolute effects of all sources. */
  readonly absoluteSum: number;
}

/** Rows of the adjacency as the waves deliver them; at the end one matrix over the nodes that are kept. */
export class RowStore {
  readonly #keepsAll: boolean;
  readonly #mostEntries: number;
  readonly #cutter: RowCutter;
  readonly #rows = new Map<number, StoredRow>();
  #narrower: RowNarrower | undefined;

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass = 1, mostEntries = Infinity) {
    this.#keepsAll = keptMass === 1;
    this.#mostEntries = mostEntries;
    this.#cutter = new RowCutter(keptMass, mostEntries);
  }

  /** Row of node `target`. */
  set(target: number, row: EffectRow): void {
    this.#rows.set(target, this.#stored(row));
  }

  /**
   * Of each row, of those to come too, only the effects of `sources` (ascending, of `size` nodes in all) are kept from now
   * on; their sums stay those of all sources. Rows that are still to come keep all of these, as far as `mostEntries`
   * allows: there is nothing to be saved by finding out which are weak.
   */
  narrow(sources: Uint32Array, size: number): void {
    const narrower = new RowNarrower(new KeptColumns(sources, size));
    this.#narrower = narrower;
    for (const [target, row] of this.#rows) this.#rows.set(target, narrower.narrow(row));
  }

  #stored(row: EffectRow): StoredRow {
    const narrower = this.#narrower;
    if (narrower !== undefined) {
      const narrowed = narrower.narrow({ runs: () => row, absoluteSum: absoluteSumOf(row) });
      return narrowed.sources.length > this.#mostEntries ? narrower.narrow(this.#cutter.cut(row)) : narrowed;
    }
    const { keep } = row;
    if (this.#keepsAll && keep !== undefined) return { ...keep(), absoluteSum: absoluteSumOf(row) };
    return this.#cutter.cut(row);
  }

  has(target: number): boolean {
    return this.#rows.has(target);
  }

  /**
   * [length]; the influence that reaches the sources 0 to length - 1 through rows: each row passes what its node has on to
   * its sources, by the share of each absolute effect in the row's sum. `given`: nodes and what they have from the
   * beginning; `nodes`: other nodes with rows, each after all those that it is a source of; `size`: of the whole graph.
   */
  influences(
    given: ReadonlyMap<number, number>,
    nodes: Uint32Array,
    { length, size }: { readonly length: number; readonly size: number },
  ): Float64Array {
    const rows = [...given.keys(), ...nodes].map(node => this.#rows.get(node));
    const wholeOnes = rows.filter((row): row is WholeRow => row?.runs !== undefined);
    // What is known of all sources, or lies row by row anyway.
    if (wholeOnes.length < rows.length || nodes.length === length) {
      const influences = new Float64Array(length);
      this.#descend(given, nodes, influences, (row, factor) => {
        passOn(row, factor, influences);
      });
      return influences;
    }
    return this.#streamed(given, nodes, length, size);
  }

  /** What the nodes pass on to each other first; then all rows at once, in the order in which they lie in memory. */
  #streamed(given: ReadonlyMap<number, number>, nodes: Uint32Array, length: number, size: number): Float64Array {
    const own = new Float64Array(length);
    const narrower = new RowNarrower(new KeptColumns(nodes.slice().sort(), size));
    const factors = new Map<KeptBatch, Float64Array>();
    this.#descend(given, nodes, own, (row, factor) => {
      const { batch, index } = row as WholeRow;
      let ofBatch = factors.get(batch);
      if (ofBatch === undefined) factors.set(batch, (ofBatch = new Float64Array(batch.nTargets)));
      ofBatch[index] = factor;
      passOn(narrower.narrow(row), factor, own);
    });
    const influences = new Float64Array(length);
    for (const [batch, ofBatch] of factors) batch.addMagnitudes(ofBatch, influences);
    return influences;
  }

  /** Calls back with each row and what it passes on for each unit of absolute effect. */
  #descend(
    given: ReadonlyMap<number, number>,
    nodes: Uint32Array,
    influences: Float64Array,
    onRow: (row: StoredRow, factor: number) => void,
  ): void {
    const visit = (node: number, influence: number): void => {
      const row = this.#rows.get(node);
      if (row !== undefined && row.absoluteSum !== 0 && influence !== 0) onRow(row, influence / row.absoluteSum);
    };
    for (const [node, influence] of given) visit(node, influence);
    for (const node of nodes) visit(node, influences[node]);
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
    this.#narrower = undefined;
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

/** Adds factor x |effect| of each source, of the sources 0 to influences.length - 1. */
function passOn(row: StoredRow, factor: number, influences: Float64Array): void {
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

  get length(): number {
    return this.#kept.length;
  }

  /** The node of a column. */
  node(column: number): number {
    return this.#kept[column];
  }

  /** How many entries that are not zero a row has among them; writes them, by column, to `into`. */
  take(row: AnyRow, into?: Entries): number {
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

/** Takes the entries of given sources out of rows, in memory that is used again. */
class RowNarrower {
  readonly #columns: KeptColumns;
  readonly #entries: Entries;

  constructor(columns: KeptColumns) {
    this.#columns = columns;
    this.#entries = { sources: new Uint32Array(columns.length), weights: new Float32Array(columns.length), next: 0 };
  }

  narrow(row: AnyRow): CutRow {
    const entries = this.#entries;
    entries.next = 0;
    const count = this.#columns.take(row, entries);
    const sources = entries.sources.slice(0, count);
    for (let entry = 0; entry < count; entry++) sources[entry] = this.#columns.node(sources[entry]);
    return { sources, weights: entries.weights.slice(0, count), absoluteSum: row.absoluteSum };
  }
}
