import type { CutRow, EffectRuns } from './effect-runs.ts';

/** Sources and weights of a row, without its sum. */
type Entries = Pick<CutRow, 'sources' | 'weights'>;

/** Some nodes as the columns of rows over all. */
export class KeptColumns {
  /** [columns]; the node of each, ascending. */
  readonly nodes: Uint32Array;
  /** [size + 1]; how many nodes before this one are columns: those of the nodes from..to - 1 are before[from]..before[to] - 1. */
  readonly before: Uint32Array;
  readonly #sources: Uint32Array;
  readonly #weights: Float32Array;
  #room: Entries = { sources: new Uint32Array(0), weights: new Float32Array(0) };

  /** nodes: ascending, of `size` in all. */
  constructor(nodes: Uint32Array, size: number) {
    this.nodes = nodes;
    this.before = new Uint32Array(size + 1);
    for (const node of nodes) this.before[node + 1] = 1;
    for (let node = 0; node < size; node++) this.before[node + 1] += this.before[node];
    this.#sources = new Uint32Array(nodes.length);
    this.#weights = new Float32Array(nodes.length);
  }

  /** Room for the entries of so many rows, of all columns each, until the next ones ask for it. */
  roomFor(rows: number): Entries {
    const length = rows * this.nodes.length;
    if (this.#room.sources.length < length)
      this.#room = { sources: new Uint32Array(length), weights: new Float32Array(length) };
    return this.#room;
  }

  /** Their entries, by column. */
  ofRuns({ count: runs, nodes, lengths, values, starts }: EffectRuns): Entries {
    let count = 0;
    for (let run = 0; run < runs; run++) {
      const [effects, node] = [values[run], nodes[run]];
      const from = starts[run] - node;
      const end = this.before[node + lengths[run]];
      for (let column = this.before[node]; column < end; column++) {
        const weight = effects[from + this.nodes[column]];
        if (weight !== 0) count = this.#put(count, column, weight);
      }
    }
    return this.#taken(count);
  }

  /** Those of an entry list by node that are among them, by column. */
  ofEntries({ sources, weights }: Entries): Entries {
    let count = 0;
    for (let entry = 0; entry < sources.length; entry++) {
      const column = this.before[sources[entry]];
      if (this.before[sources[entry] + 1] > column) count = this.#put(count, column, weights[entry]);
    }
    return this.#taken(count);
  }

  #put(count: number, column: number, weight: number): number {
    this.#sources[count] = column;
    this.#weights[count] = weight;
    return count + 1;
  }

  #taken(count: number): Entries {
    return { sources: this.#sources.slice(0, count), weights: this.#weights.slice(0, count) };
  }
}
