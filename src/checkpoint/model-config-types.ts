export type Architecture = 'llama' | 'gpt2' | 'neox' | 'gemma2' | 'gemma3' | 'qwen3';

/** `gelu` is the exact one (erf), `gelu_tanh` its tanh approximation. */
export type ActivationName = 'silu' | 'gelu' | 'gelu_tanh' | 'relu';

/** How rotary frequencies are changed for longer contexts. */
export type RopeScaling =
  /** Every frequency is divided by `factor`. */
  | { readonly kind: 'linear'; readonly factor: number }
  /** Llama 3.1: wavelengths beyond original / lowFrequencyFactor are divided by `factor`, with a smooth passage. */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };

export type LayerType = 'full' | 'sliding';

/** What config.json says about a model, in this project's words. */
export interface ModelConfig {
  /** The config.json, for messages. */
  readonly path: string;
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly dModel: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
  readonly headDim: number;
  readonly dMlp: number;
  readonly activation: ActivationName;
  readonly normEpsilon: number;
  readonly contextLength: number;
  readonly tieEmbeddings: boolean;
  /** Whether the q, k, v and o projections have biases. */
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;

  readonly positions: 'rotary' | 'learned';
  readonly ropeTheta: number;
  /** Applies to `ropeTheta`, never to `localRopeTheta`; undefined for none. */
  readonly ropeScaling: RopeScaling | undefined;
  /** The first so many dimensions of each head are rotated; even, at most headDim. */
  readonly rotaryDim: number;
  /** Gemma-3: the base of the layers with sliding attention; undefined where all layers share ropeTheta. */
  readonly localRopeTheta: number | undefined;

  /** Attention scores are `queryScale * q . k`. */
  readonly queryScale: number;
  /** Gemma-2: scores and logits are `cap * tanh(x / cap)`. */
  readonly attentionSoftCap: number | undefined;
  readonly finalLogitSoftCap: number | undefined;
  /** One for each layer. */
  readonly layerTypes: readonly LayerType[];
  /** A sliding layer sees this many positions, its own included; undefined when no layer slides. */
  readonly slidingWindow: number | undefined;
  /** GPT-NeoX: attention and MLP read the same residual stream. */
  readonly parallelResidual: boolean;

  readonly bosTokenId: number | undefined;
  /** Generation ends at any of these. */
  readonly eosTokenIds: readonly number[];
  readonly padTokenId: number | undefined;
}
