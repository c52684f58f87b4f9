import type { ActivationName, LayerType, RopeScaling } from '../checkpoint/index.ts';

/**
 * The sizes and constants of a decoder-only transformer that its graph is written from; a checkpoint's config has them
 * under the same names. What may be left out has the value of a plain Llama.
 */
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
  readonly tieEmbeddings: boolean;
  /** Of the MLP; `silu` when undefined. */
  readonly activation?: ActivationName;
  /** Whether the attention's and the MLP's matrices have biases; without them when undefined. */
  readonly attentionBias?: boolean;
  readonly mlpBias?: boolean;
  /** GPT-NeoX: attention and MLP read the same residual stream. */
  readonly parallelResidual?: boolean;

  /** `rotary` when undefined. Learned positions have a table of `contextLength` rows. */
  readonly positions?: 'rotary' | 'learned';
  readonly contextLength?: number;
  readonly ropeTheta: number;
  readonly ropeScaling?: RopeScaling | undefined;
  /** The first so many dimensions of a head are rotated; all when undefined. */
  readonly rotaryDim?: number;
  /** Gemma-3: the base in sliding layers, never scaled; `ropeTheta` and its scaling when undefined. */
  readonly localRopeTheta?: number | undefined;

  /** Scores are queryScale * q . k; headDim^-1/2 when undefined. */
  readonly queryScale?: number;
  /** Gemma-2: scores and logits x become cap * tanh(x / cap). */
  readonly attentionSoftCap?: number | undefined;
  readonly finalLogitSoftCap?: number | undefined;
  /** One for each layer; all `full` when undefined. */
  readonly layerTypes?: readonly LayerType[];
  /** A sliding layer sees this many positions, its own included. */
  readonly slidingWindow?: number | undefined;
}

export function layerTypeOf(shape: TransformerShape, layer: number): LayerType {
  return shape.layerTypes?.[layer] ?? 'full';
}

/** Whether some layers see a window only, and so have a mask (and in Gemma-3 rotary tables) of their own. */
export function hasSlidingLayers(shape: TransformerShape): boolean {
  return shape.layerTypes?.includes('sliding') ?? false;
}
