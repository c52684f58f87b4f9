import type { EffectRow, RowBatch, RowPlace } from './effect-row.ts';
import type { CutRow } from './effect-runs.ts';
import { KeptColumns } from './kept-columns.ts';
import { RowCutter } from './row-cutter.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** One target's direct effects: where they were read, or some of them, copied. */
type StoredRow = PlacedRow | CutRow;
type PlacedRow = EffectRow & { readonly place: RowPlace };

/** Rows of the adjacency as the waves deliver them; at the end one matrix over the nodes that are kept. */
export class RowStore {
  readonly #keepsAll: boolean;
  readonly #mostEntries: number;
  readonly #cutter: RowCutter;
  readonly #rows = new Map<number, StoredRow>();
  /** Of which alone rows are kept. */
  #columns: KeptColumns | undefined;

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
    const columns = new KeptColumns(sources, size);
    this.#columns = columns;
    for (const [target, row] of this.#rows) this.#rows.set(target, pick(row, columns));
  }

  #stored(row: EffectRow): StoredRow {
    const columns = this.#columns;
    if (columns !== undefined) {
      const picked = row.pick(columns);
      return picked.sources.length > this.#mostEntries ? pick(this.#cutter.cut(row), columns) : picked;
    }
    if (!this.#keepsAll || !isPlaced(row)) return this.#cutter.cut(row);
    row.place.batch.keep();
    return row;
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
    // Rows of all sources, or those that lie row by row anyway.
    if (nodes.length === length || !rows.every(row => row !== undefined && isPlaced(row))) {
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
    const columns = new KeptColumns(nodes.slice().sort(), size);
    const factors = new Map<RowBatch, Float64Array>();
    this.#descend(given, nodes, own, (row, factor) => {
      const { batch, target } = (row as PlacedRow).place;
      let ofBatch = factors.get(batch);
      if (ofBatch === undefined) factors.set(batch, (ofBatch = new Float64Array(batch.nTargets)));
      ofBatch[target] = factor;
      passOn(pick(row, columns), factor, own);
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
    const rows = Array.from(kept, node => {
      const row = this.#rows.get(node);
      this.#rows.delete(node);
      return row !== undefined && isPlaced(row) ? row.pick(columns) : row;
    });
    this.#columns = undefined;
    this.#rows.clear();
    const rowStart = new Uint32Array(kept.length + 1);
    for (const [i, row] of rows.entries()) rowStart[i + 1] = rowStart[i] + (row === undefined ? 0 : columns.count(row));
    const entries = {
      sources: new Uint32Array(rowStart[kept.length]),
      weights: new Float32Array(rowStart[kept.length]),
    };
    for (const [i, row] of rows.entries()) if (row !== undefined) columns.write(row, entries, rowStart[i]);
    return { size: kept.length, rowStart, ...entries };
  }
}

function isPlaced(row: EffectRow | StoredRow): row is PlacedRow {
  return 'place' in row && row.place !== undefined;
}

function pick(row: StoredRow, columns: KeptColumns): CutRow {
  return isPlaced(row) ? row.pick(columns) : { ...columns.ofEntries(row), absoluteSum: row.absoluteSum };
}

/** Adds factor x |effect| of each source, of the sources 0 to influences.length - 1. */
function passOn(row: StoredRow, factor: number, influences: Float64Array): void {
  if (!isPlaced(row)) {
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
