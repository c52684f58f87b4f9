import type { ForwardPass } from './forward-pass.ts';
import type { FrozenConstants } from './frozen-constants.ts';
import type { LeafCounts } from './node-order.ts';

/** The leaves that models have whatever stands in the place of their MLPs. */
export function commonLeaves(
  pass: ForwardPass,
  { layers }: FrozenConstants,
): Pick<LeafCounts, 'positions' | 'attentionBiases' | 'rowBiases'> {
  const hasAttentionBias = layers.some(({ attention }) => attention.some(value => value !== 0));
  return {
    positions: pass.positionEmbedding === undefined ? 0 : pass.tokens.length,
    attentionBiases: hasAttentionBias ? layers.length : 0,
    rowBiases: 1,
  };
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}
