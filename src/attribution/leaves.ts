import type { ForwardPass } from './forward-pass.ts';
import type { FrozenConstants } from './frozen-constants.ts';
import type { LeafCounts } from './node-order.ts';
import type { ReplacementModel } from './replacement-model.ts';

/** The leaves that a model has: with them every row sums to its pre-activation (or, of a target, to its value). */
export function leafCounts(model: ReplacementModel, pass: ForwardPass, constants: FrozenConstants): LeafCounts {
  const { nLayers } = model.checkpoint.config;
  const hasAttentionBias = constants.layers.some(({ attention }) => attention.some(value => value !== 0));
  return {
    positions: pass.positionEmbedding === undefined ? 0 : pass.tokens.length,
    dictionaryBiases: nLayers,
    attentionBiases: hasAttentionBias ? nLayers : 0,
    rowBiases: 1,
    zeroed: nLayers * model.nZeroed,
  };
}

/** What a feature has by itself: the encoder's bias, and what the encoder reads of a norm's bias. encoder: [dModel] */
export function featureBias(
  model: ReplacementModel,
  constants: FrozenConstants,
  layer: number,
  feature: number,
  encoder: Float32Array,
): number {
  return model.biases[layer].bEnc[feature] + dot(encoder, constants.layers[layer].dictionaryInput);
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
