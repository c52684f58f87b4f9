/** Marks a slot without a source: positions have different numbers of sources and share the width of the largest. */
export const NO_SOURCE = 0xffffffff;

/** Slots of one position whose nodes have consecutive numbers: slot + i holds node + i, for i < count. */
export interface SourceRun {
  readonly slot: number;
  readonly node: number;
  readonly count: number;
}

/** Vectors that are written at one place of the residual stream, position by position, and the nodes that write them. */
export class SourceVectors {
  /** Slots at each position. */
  readonly width: number;
  /** [tokens, width, dModel]; zero in slots without a source. */
  readonly vectors: Float32Array;
  /** [tokens, width]; the node of each vector, or NO_SOURCE. One node may write at many positions. */
  readonly nodes: Uint32Array;
  readonly #dModel: number;
  readonly #used: Uint32Array;
  readonly #runs: (readonly SourceRun[] | undefined)[] = [];

  /** `counts` [tokens]: how many vectors will be added at each position, at most. */
  constructor(counts: Uint32Array, dModel: number) {
    this.width = counts.reduce((a, b) => Math.max(a, b), 0);
    this.vectors = new Float32Array(counts.length * this.width * dModel);
    this.nodes = new Uint32Array(counts.length * this.width).fill(NO_SOURCE);
    this.#dModel = dModel;
    this.#used = new Uint32Array(counts.length);
  }

  /** Takes a slot for what `node` writes at `position`, [dModel], to be filled in. */
  add(position: number, node: number): Float32Array {
    const slot = position * this.width + this.#used[position]++;
    this.nodes[slot] = node;
    return this.vectors.subarray(slot * this.#dModel, (slot + 1) * this.#dModel);
  }

  /** The nodes at `position`, once all are added; there are few runs, since features are numbered by layer and position. */
  runsAt(position: number): readonly SourceRun[] {
    return (this.#runs[position] ??= this.#findRuns(position));
  }

  #findRuns(position: number): SourceRun[] {
    const runs: SourceRun[] = [];
    const nodes = this.nodes.subarray(position * this.width, position * this.width + this.#used[position]);
    for (let slot = 0; slot < nodes.length;) {
      let end = slot + 1;
      while (end < nodes.length && nodes[end] === nodes[end - 1] + 1) end++;
      runs.push({ slot, node: nodes[slot], count: end - slot });
      slot = end;
    }
    return runs;
  }

  /** The sum of all vectors at `position`, [dModel]. */
  sumAt(position: number): Float64Array {
    const sum = new Float64Array(this.#dModel);
    const first = position * this.width;
    for (let slot = first; slot < first + this.#used[position]; slot++) {
      for (let d = 0; d < this.#dModel; d++) sum[d] += this.vectors[slot * this.#dModel + d];
    }
    return sum;
  }
}
