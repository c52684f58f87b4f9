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
  #graph: GraphRows | undefined;

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass = 1, mostEntries = Infinity) {
    this.#keepsAll = keptMass === 1;
    this.#mostEntries = mostEntries;
    this.#cutter = new RowCutter(keptMass, mostEntries);
  }

  /** Row of node `target`, over all nodes. */
  set(target: number, row: EffectRow): void {
    const graph = this.#graph;
    if (graph === undefined) this.#rows.set(target, this.#stored(row));
    else graph.set(target, this.#inGraph(row, graph.columns));
  }

  /** Row of node `target` over the nodes of the graph alone, by their places in it; after `narrow`. */
  setInGraph(target: number, row: EffectRow): void {
    this.#graph!.set(target, this.#inGraph(row, this.#graph!.places));
  }

  /**
   * The graph has these nodes (ascending, of `size` in all) and no others: of each row, of those to come too, only the effects
   * of these are kept from now on, by their places in the list. Rows that are still to come keep all of these, as far as
   * `mostEntries` allows: there is nothing to be saved by finding out which are weak.
   */
  narrow(nodes: Uint32Array, size: number): void {
    const graph = new GraphRows(new KeptColumns(nodes, size));
    for (const node of nodes) {
      const row = this.#rows.get(node);
      if (row !== undefined) graph.set(node, pick(row, graph.columns));
    }
    this.#rows.clear();
    this.#graph = graph;
  }

  #inGraph(row: EffectRow, columns: KeptColumns): CutRow {
    const picked = row.pick(columns);
    return picked.sources.length > this.#mostEntries ? pick(this.#cutter.cut(row), columns) : picked;
  }

  #stored(row: EffectRow): StoredRow {
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
      this.#descend(
        given,
        nodes,
        node => influences[node],
        (row, factor) => {
          passOn(row, factor, influences);
        },
      );
      return influences;
    }
    return this.#streamed(given, nodes, length, size);
  }

  /** What the nodes pass on to each other first; then all rows at once, in the order in which they lie in memory. */
  #streamed(given: ReadonlyMap<number, number>, nodes: Uint32Array, length: number, size: number): Float64Array {
    const columns = new KeptColumns(nodes.slice().sort(), size);
    const own = new Float64Array(nodes.length);
    const factors = new Map<RowBatch, Float64Array>();
    this.#descend(
      given,
      nodes,
      node => own[columns.before[node]],
      (row, factor) => {
        const { batch, target } = (row as PlacedRow).place;
        let ofBatch = factors.get(batch);
        if (ofBatch === undefined) factors.set(batch, (ofBatch = new Float64Array(batch.nTargets)));
        ofBatch[target] = factor;
        passOn(pick(row, columns), factor, own);
      },
    );
    const influences = new Float64Array(length);
    for (const [batch, ofBatch] of factors) batch.addMagnitudes(ofBatch, influences);
    return influences;
  }

  /** Calls back with each row and what it passes on for each unit of absolute effect. */
  #descend(
    given: ReadonlyMap<number, number>,
    nodes: Uint32Array,
    influenceOf: (node: number) => number,
    onRow: (row: StoredRow, factor: number) => void,
  ): void {
    const visit = (node: number, influence: number): void => {
      const row = this.#rows.get(node);
      if (row !== undefined && row.absoluteSum !== 0 && influence !== 0) onRow(row, influence / row.absoluteSum);
    };
    for (const [node, influence] of given) visit(node, influence);
    for (const node of nodes) visit(node, influenceOf(node));
  }

  /**
   * The graph's matrix, and of each of its nodes the sum of the absolute effects of all sources, [nodes], of rows in the graph
   * alone of these; 0 without a row. Only after `narrow`. Empties the store.
   */
  build(): { matrix: SparseMatrix; absoluteSums: Float64Array } {
    const built = this.#graph!.build();
    this.#graph = undefined;
    return built;
  }
}

/** Rows over the nodes of a graph, by their places in it. */
class GraphRows {
  readonly columns: KeptColumns;
  /** The nodes by their places. */
  readonly places: KeptColumns;
  readonly #rows: (CutRow | undefined)[];

  constructor(columns: KeptColumns) {
    const { length } = columns.nodes;
    this.columns = columns;
    this.places = new KeptColumns(
      Uint32Array.from({ length }, (_, i) => i),
      length,
    );
    this.#rows = Array.from({ length });
  }

  /** row: by column */
  set(target: number, row: CutRow): void {
    this.#rows[this.columns.before[target]] = row;
  }

  build(): { matrix: SparseMatrix; absoluteSums: Float64Array } {
    const rows = this.#rows;
    const rowStart = new Uint32Array(rows.length + 1);
    for (const [i, row] of rows.entries()) rowStart[i + 1] = rowStart[i] + (row?.sources.length ?? 0);
    const sources = new Uint32Array(rowStart[rows.length]);
    const weights = new Float32Array(rowStart[rows.length]);
    for (const [i, row] of rows.entries()) {
      if (row === undefined) continue;
      sources.set(row.sources, rowStart[i]);
      weights.set(row.weights, rowStart[i]);
    }
    const absoluteSums = Float64Array.from(rows, row => row?.absoluteSum ?? 0);
    return { matrix: { size: rows.length, rowStart, sources, weights }, absoluteSums };
  }
}

function isPlaced(row: EffectRow | StoredRow): row is PlacedRow {
  return 'place' in row && row.place !== undefined;
}

/** By column. */
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
