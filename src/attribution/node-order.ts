import type { NodeKind } from '../graph/node-kinds.ts';

/**
 * Leaves beyond errors and tokens, with which every row sums to its pre-activation (circuit-tracer's
 * graphs have none of them). Each is a number of nodes.
 */
export interface LeafCounts {
  /** Position embeddings: nTokens, 0 in models without any. */
  readonly positions: number;
  /** What the dictionary of a layer writes whatever is active (b_dec): nLayers. */
  readonly dictionaryBiases: number;
  /** What the MLP of a layer writes whatever is active, where nodes are neurons: nLayers, 0 without such biases. */
  readonly mlpBiases: number;
  /** What attention writes whatever it reads (biases of its projections and norm): nLayers, 0 without such biases. */
  readonly attentionBiases: number;
  /** What a row has by itself, its encoder's bias above all: 1. */
  readonly rowBiases: number;
  /** MLP outputs at positions whose activations and errors are set to 0: nLayers * zeroed positions. */
  readonly zeroed: number;
}

export const NO_LEAVES: LeafCounts = {
  positions: 0,
  dictionaryBiases: 0,
  mlpBiases: 0,
  attentionBiases: 0,
  rowBiases: 0,
  zeroed: 0,
};

/** What the nodes between leaves and logits are. Only what a dictionary leaves over makes errors: neurons are complete. */
export type UnitKind = 'feature' | 'neuron';

/** Where a node stands; what does not apply is undefined. */
export interface NodePlace {
  readonly kind: NodeKind;
  readonly layer: number | undefined;
  readonly position: number | undefined;
  /** Its number among the nodes of its kind. */
  readonly index: number;
  /** Tells biases apart: `dictionary`, `mlp`, `attention` or `row`. */
  readonly part?: string;
}

/**
 * Numbers the nodes of a graph: features (or neurons, and then no errors) by (layer, position, index) | errors, layer-major | tokens | position leaves |
 * dictionary or MLP biases | attention biases | row biases | zeroed-position leaves, layer-major | logits: circuit-tracer's
 * order, with the leaves before the logits.
 */
export class NodeOrder {
  readonly nFeatures: number;
  readonly nLayers: number;
  readonly nTokens: number;
  readonly nLogits: number;
  readonly leaves: LeafCounts;
  readonly unitKind: UnitKind;

  constructor(
    nFeatures: number,
    nLayers: number,
    nTokens: number,
    nLogits: number,
    leaves: LeafCounts = NO_LEAVES,
    unitKind: UnitKind = 'feature',
  ) {
    this.nFeatures = nFeatures;
    this.nLayers = nLayers;
    this.nTokens = nTokens;
    this.nLogits = nLogits;
    this.leaves = leaves;
    this.unitKind = unitKind;
  }

  /** All nodes but the logits can be sources. */
  get nSources(): number {
    return this.#runs().reduce((sum, { count }) => sum + count, 0);
  }
  get size(): number {
    return this.nSources + this.nLogits;
  }

  error(layer: number, position: number): number {
    return this.#start('error') + layer * this.nTokens + position;
  }
  token(position: number): number {
    return this.#start('token') + position;
  }
  position(position: number): number {
    return this.#start('position') + position;
  }
  dictionaryBias(layer: number): number {
    return this.#start('bias', 'dictionary') + layer;
  }
  mlpBias(layer: number): number {
    return this.#start('bias', 'mlp') + layer;
  }
  attentionBias(layer: number): number {
    return this.#start('bias', 'attention') + layer;
  }
  rowBias(): number {
    return this.#start('bias', 'row');
  }
  zeroed(layer: number, position: number): number {
    return this.#start('zeroed') + (layer * this.leaves.zeroed) / this.nLayers + position;
  }
  /** The given features (ascending) and all nodes that are none, ascending. */
  withFeatures(features: Uint32Array): Uint32Array {
    const length = features.length + this.size - this.nFeatures;
    return Uint32Array.from({ length }, (_, i) => features[i] ?? i - features.length + this.nFeatures);
  }
  logit(index: number): number {
    return this.nSources + index;
  }

  /** [size] */
  kinds(): NodeKind[] {
    const kinds = this.#runs().flatMap(({ kind, count }) => Array<NodeKind>(count).fill(kind));
    return [...kinds, ...Array<NodeKind>(this.nLogits).fill('logit')];
  }

  /** [size]; the layer and position of features are those of the list that the graph was made with. */
  places(): NodePlace[] {
    const places = this.#runs().flatMap(({ kind, part, count, perLayer }) =>
      Array.from({ length: count }, (_, index): NodePlace => ({
        kind,
        layer: perLayer === undefined ? undefined : Math.floor(index / perLayer),
        position:
          kind === 'bias' || kind === this.unitKind ? undefined : perLayer === undefined ? index : index % perLayer,
        index,
        ...(part === undefined ? {} : { part }),
      })),
    );
    const last = this.nTokens - 1;
    for (let index = 0; index < this.nLogits; index++) {
      places.push({ kind: 'logit', layer: undefined, position: last, index });
    }
    return places;
  }

  #start(kind: NodeKind, part?: string): number {
    let start = 0;
    for (const run of this.#runs()) {
      if (run.kind === kind && run.part === part) return start;
      start += run.count;
    }
    throw new RangeError(`there are no ${kind} nodes`);
  }

  #runs(): Run[] {
    const { positions, dictionaryBiases, mlpBiases, attentionBiases, rowBiases, zeroed } = this.leaves;
    return [
      { kind: this.unitKind, count: this.nFeatures },
      { kind: 'error', count: this.unitKind === 'feature' ? this.nLayers * this.nTokens : 0, perLayer: this.nTokens },
      { kind: 'token', count: this.nTokens },
      { kind: 'position', count: positions },
      { kind: 'bias', part: 'dictionary', count: dictionaryBiases, perLayer: 1 },
      { kind: 'bias', part: 'mlp', count: mlpBiases, perLayer: 1 },
      { kind: 'bias', part: 'attention', count: attentionBiases, perLayer: 1 },
      { kind: 'bias', part: 'row', count: rowBiases },
      { kind: 'zeroed', count: zeroed, perLayer: Math.max(1, zeroed / this.nLayers) },
    ];
  }
}

interface Run {
  readonly kind: NodeKind;
  readonly part?: string;
  readonly count: number;
  /** Nodes of this kind in each layer, where they belong to layers. */
  readonly perLayer?: number;
}
