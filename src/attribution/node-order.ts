import type { NodeKind } from '../graph/node-kinds.ts';

/** What besides features, errors, tokens and logits is a node, so that every row sums to its pre-activation. */
export interface LeafCounts {
  /** Position embeddings: nTokens, or 0 for models without any. */
  readonly positions: number;
  /** Biases: one for each layer's dictionary, one for each layer's attention where it has any, one for each row's own. */
  readonly biases: number;
  /** MLP outputs at positions whose activations and errors are set to 0: nLayers * zeroed positions. */
  readonly zeroed: number;
}

export const NO_LEAVES: LeafCounts = { positions: 0, biases: 0, zeroed: 0 };

/**
 * Numbers the nodes of a graph: features by (layer, position, index) | errors, layer-major | tokens | position leaves |
 * bias leaves | zeroed-position leaves, layer-major | logits. circuit-tracer's order, with the leaves before the logits.
 */
export class NodeOrder {
  readonly nFeatures: number;
  readonly nLayers: number;
  readonly nTokens: number;
  readonly nLogits: number;
  readonly leaves: LeafCounts;

  constructor(nFeatures: number, nLayers: number, nTokens: number, nLogits: number, leaves: LeafCounts = NO_LEAVES) {
    this.nFeatures = nFeatures;
    this.nLayers = nLayers;
    this.nTokens = nTokens;
    this.nLogits = nLogits;
    this.leaves = leaves;
  }

  /** Of the sources, which are all nodes but the logits: the first logit's number. */
  get nSources(): number {
    return this.#zeroedStart + this.leaves.zeroed;
  }
  get size(): number {
    return this.nSources + this.nLogits;
  }

  error(layer: number, position: number): number {
    return this.nFeatures + layer * this.nTokens + position;
  }
  token(position: number): number {
    return this.#tokenStart + position;
  }
  position(position: number): number {
    return this.#tokenStart + this.nTokens + position;
  }
  bias(index: number): number {
    return this.#biasStart + index;
  }
  zeroed(layer: number, position: number): number {
    return this.#zeroedStart + (layer * this.leaves.zeroed) / this.nLayers + position;
  }
  logit(index: number): number {
    return this.nSources + index;
  }

  /** [size] */
  kinds(): NodeKind[] {
    const { positions, biases, zeroed } = this.leaves;
    const runs: [NodeKind, number][] = [
      ['feature', this.nFeatures],
      ['error', this.nLayers * this.nTokens],
      ['token', this.nTokens],
      ['position', positions],
      ['bias', biases],
      ['zeroed', zeroed],
      ['logit', this.nLogits],
    ];
    return runs.flatMap(([kind, count]) => Array<NodeKind>(count).fill(kind));
  }

  get #tokenStart(): number {
    return this.nFeatures + this.nLayers * this.nTokens;
  }
  get #biasStart(): number {
    return this.#tokenStart + this.nTokens + this.leaves.positions;
  }
  get #zeroedStart(): number {
    return this.#biasStart + this.leaves.biases;
  }
}
