import type { CutRow, EffectRuns } from './effect-runs.ts';

/** Sources and weights of a row, without its sum. */
type Entries = Pick<CutRow, 'sources' | 'weights'>;

/** Some nodes as the columns of rows over all. */
export class KeptColumns {
  /** [columns]; the node of each, ascending. */
  readonly nodes: Uint32Array;
  /** [size + 1]; how many nodes before this one are columns: those of the nodes from..to - 1 are before[from]..before[to] - 1. */
  readonly before: Uint32Array;
  #room: Entries = { sources: new Uint32Array(0), weights: new Float32Array(0) };

  /** nodes: ascending, of `size` in all. */
  constructor(nodes: Uint32Array, size: number) {
    this.nodes = nodes;
    this.before = new Uint32Array(size + 1);
    for (const node of nodes) this.before[node + 1] = 1;
    for (let node = 0; node < size; node++) this.before[node + 1] += this.before[node];
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
    const room = this.roomFor(1);
    let count = 0;
    for (let run = 0; run < runs; run++) {
      const [effects, node] = [values[run], nodes[run]];
      const from = starts[run] - node;
      const end = this.before[node + lengths[run]];
      for (let column = this.before[node]; column < end; column++) {
        const weight = effects[from + this.nodes[column]];
        if (weight !== 0) put(room, count++, column, weight);
      }
    }
    return taken(room, count);
  }

  /** Those of an entry list by node that are among them, by column. */
  ofEntries({ sources, weights }: Entries): Entries {
    const room = this.roomFor(1);
    let count = 0;
    for (let entry = 0; entry < sources.length; entry++) {
      const column = this.before[sources[entry]];
      if (this.before[sources[entry] + 1] > column) put(room, count++, column, weights[entry]);
    }
    return taken(room, count);
  }
}

function put({ sources, weights }: Entries, at: number, column: number, weight: number): void {
  sources[at] = column;
  weights[at] = weight;
}

function taken({ sources, weights }: Entries, count: number): Entries {
  return { sources: sources.slice(0, count), weights: weights.slice(0, count) };
}
