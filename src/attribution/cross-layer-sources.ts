import type { Tensors } from '../onnx/index.ts';
import type { SourceSegment } from './source-segments.ts';
import type { SourceRun, SourceVectors, WrittenVectors } from './source-vectors.ts';

/**
 * What is written in one layer's place by features of this and all layers below, which write there too, and by nodes that
 * write here alone. Features lie layer by layer at each position and divided into the same segments in all layers: those of
 * the layers below this one are the first, as they are in the layer below.
 */
export class CrossLayerSources implements WrittenVectors {
  readonly segments: readonly SourceSegment[];
  readonly vectors: Float32Array;
  readonly #features: SourceVectors;
  readonly #others: SourceVectors;
  readonly #firstOwn: number;
  readonly #own: (readonly SourceRun[] | undefined)[] = [];

  /** `vectors`: those of `features` and, behind them, of `others`; `firstOwn`: the first feature of this layer. */
  constructor(features: SourceVectors, others: SourceVectors, vectors: Float32Array, firstOwn: number) {
    this.segments = [...features.segments.map((segment, sum) => ({ ...segment, sum })), ...others.segments];
    this.vectors = vectors;
    this.#features = features;
    this.#others = others;
    this.#firstOwn = firstOwn;
  }

  get nodes(): Uint32Array {
    const [features, others] = [this.#features.nodes, this.#others.nodes];
    const nodes = new Uint32Array(features.length + others.length);
    nodes.set(features);
    nodes.set(others, features.length);
    return nodes;
  }

  positionOf(slot: number): number {
    const { length } = this.#features.nodes;
    return slot < length ? this.#features.positionOf(slot) : this.#others.positionOf(slot - length);
  }

  runsAt(position: number, { sum }: SourceSegment): readonly SourceRun[] {
    if (sum === undefined) return this.#others.runsAt(position);
    return (this.#own[position] ??= this.#features.runsAt(position).flatMap(({ slot, node, count }) => {
      const before = Math.max(0, this.#firstOwn - node);
      return before < count ? [{ slot: slot + before, node: node + before, count: count - before }] : [];
    }));
  }

  feed(segment: SourceSegment): Tensors[string] {
    return (segment.sum === undefined ? this.#others : this.#features).feed(segment);
  }
}
