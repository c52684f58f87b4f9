import { tensor, type Tensors } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { slotsOf, type SourceSegment } from './source-segments.ts';

/** Marks a slot without a source: positions of a segment share the width of the fullest. */
export const NO_SOURCE = 0xffffffff;

/** Slots of one position, counted from its first, whose nodes have consecutive numbers: slot + i holds node + i. */
export interface SourceRun {
  readonly slot: number;
  readonly node: number;
  readonly count: number;
}

/** What nodes write at one place of the model, as a session reads it. */
export interface WrittenSources {
  readonly segments: readonly SourceSegment[];
  /** The nodes at `position` of `segment` that write here and in no layer below: what has been read of them is all. */
  runsAt(position: number, segment: SourceSegment): readonly SourceRun[];
  /** The session's input `sources`, of a segment or of its first positions. */
  feed(segment: SourceSegment): Tensors[string];
}

/** The same with each vector at hand. */
export interface WrittenVectors extends WrittenSources {
  /** [slots, dModel]; in slots without a source what the memory held. */
  readonly vectors: Float32Array;
  /** [slots]; the node of each vector, or NO_SOURCE. One node may write at many positions. */
  readonly nodes: Uint32Array;
  /** The position at which the vector of a slot is written. */
  positionOf(slot: number): number;
}

/** What is written in the place of each layer's MLP. */
export interface LayerSources {
  /** Whether all layers stay in memory: otherwise what is written at one is valid until the next is asked for. */
  readonly areKept: boolean;
  at(layer: number, task?: Task): Promise<WrittenSources>;
  /** [tokens, dModel]; what the units of `layer` leave over, where they do. */
  errors?(layer: number, task?: Task): Promise<Float32Array>;
}

/** Vectors that are written at one place of the residual stream, position by position, and the nodes that write them. */
export class SourceVectors implements WrittenVectors {
  readonly segments: readonly SourceSegment[];
  readonly vectors: Float32Array;
  readonly nodes: Uint32Array;
  /** [tokens + 1]; where the slots of each position begin. */
  readonly firstSlots: Uint32Array;
  readonly #dModel: number;
  readonly #used: Uint32Array;
  readonly #runs: (readonly SourceRun[] | undefined)[] = [];

  /** `vectors`: memory for what will be added, [slots, dModel]; slots without a source keep what it holds. */
  constructor(
    segments: readonly SourceSegment[],
    nTokens: number,
    dModel: number,
    vectors: Float32Array = new Float32Array(slotsOf(segments) * dModel),
  ) {
    const slots = slotsOf(segments);
    this.segments = segments;
    this.vectors = vectors;
    this.nodes = new Uint32Array(slots).fill(NO_SOURCE);
    this.firstSlots = new Uint32Array(nTokens + 1).fill(slots);
    for (const { firstPosition, positions, width, firstSlot } of this.segments) {
      for (let i = 0; i < positions; i++) this.firstSlots[firstPosition + i] = firstSlot + i * width;
    }
    this.#dModel = dModel;
    this.#used = new Uint32Array(nTokens);
  }

  /** Takes slots for what `count` nodes from `node` on write at `position`, [count, dModel], to be filled in. */
  add(position: number, node: number, count = 1): Float32Array {
    const slot = this.firstSlots[position] + this.#used[position];
    this.#used[position] += count;
    for (let i = 0; i < count; i++) this.nodes[slot + i] = node + i;
    return this.vectors.subarray(slot * this.#dModel, (slot + count) * this.#dModel);
  }

  positionOf(slot: number): number {
    let [low, high] = [0, this.firstSlots.length - 1];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.firstSlots[middle] <= slot) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The nodes at `position`, once all are added; there are few runs, since features are numbered by layer and position. */
  runsAt(position: number): readonly SourceRun[] {
    return (this.#runs[position] ??= this.#findRuns(position));
  }

  #findRuns(position: number): SourceRun[] {
    const runs: SourceRun[] = [];
    const first = this.firstSlots[position];
    const nodes = this.nodes.subarray(first, first + this.#used[position]);
    for (let slot = 0; slot < nodes.length;) {
      let end = slot + 1;
      while (end < nodes.length && nodes[end] === nodes[end - 1] + 1) end++;
      runs.push({ slot, node: nodes[slot], count: end - slot });
      slot = end;
    }
    return runs;
  }

  /** [positions, width, dModel] */
  feed({ firstSlot, positions, width }: SourceSegment): Tensors[string] {
    const from = firstSlot * this.#dModel;
    const values = this.vectors.subarray(from, from + positions * width * this.#dModel);
    return tensor(values, [positions, width, this.#dModel]);
  }
}
