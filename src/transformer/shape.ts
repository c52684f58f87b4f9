/** The sizes and constants of a decoder-only transformer that its graph is written from; a checkpoint's config has them. */
export interface TransformerShape {
  readonly architecture: string;
  readonly vocabularySize: number;
  readonly dModel: number;
  readonly nLayers: number;
  readonly nHeads: number;
  /** Heads that share keys and values in groups (grouped-query attention) are fewer than nHeads. */
  readonly nKeyValueHeads: number;
  readonly headDim: number;
  readonly dMlp: number;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling | undefined;
  readonly tieEmbeddings: boolean;
  /** Whether the attention's and the MLP's matrices have biases; without them when undefined. */
  readonly attentionBias?: boolean;
  readonly mlpBias?: boolean;
}

/** Long-context scaling of rotary frequencies; other kinds are refused where the config is read. */
export type RopeScaling =
  | { readonly kind: 'linear'; readonly factor: number }
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalContextLength: number;
    };
