import type { Dictionary } from '../dictionary/index.ts';
import { tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';

/** Active features of a layer that are read out of a position at first; a batch on which more are active runs again. */
export const FIRST_ACTIVE_LIMIT = 256;

/** int64 [1]: how many active features are read out of a position. Not an input where the dictionary is topk. */
export const activeLimitInput = (layer: number): string => `active_limit_${layer}`;
/** [batch, tokens] or a flattening of it: how many are active. */
export const activeCountOutput = (layer: number): string => `active_count_${layer}`;

/**
 * Runs a graph that reads active features of `layers` sparse, again with larger limits until none is left out. The first
 * `zeroedPositions` do not count: nothing is read there, and on a first token often thousands of features are active.
 */
export async function runWithLimits(
  session: OnnxSession,
  dictionary: Dictionary,
  layers: readonly number[],
  zeroedPositions: number,
  feeds: Tensors,
): Promise<Tensors> {
  const nTokens = feeds['tokens'].dims[1];
  const limits = new Map(layers.map(layer => [layer, Math.min(FIRST_ACTIVE_LIMIT, widthOf(dictionary, layer))]));
  for (;;) {
    const limitFeeds = Object.fromEntries(
      [...limits].map(([layer, limit]) => [activeLimitInput(layer), tensor(BigInt64Array.of(BigInt(limit)), [1])]),
    );
    const outputs = await session.run({ ...feeds, ...limitFeeds });
    let complete = true;
    // Exactly k are active in a topk dictionary, and all of them are read.
    for (const [layer, limit] of dictionary.activation === 'topk' ? [] : limits) {
      const counts = outputs[activeCountOutput(layer)].data as Float32Array;
      const most = counts.reduce((a, b, i) => (i % nTokens < zeroedPositions ? a : Math.max(a, b)), 0);
      if (most <= limit) continue;
      limits.set(layer, Math.min(2 ** Math.ceil(Math.log2(most)), widthOf(dictionary, layer)));
      complete = false;
    }
    if (complete) return outputs;
  }
}

function widthOf(dictionary: Dictionary, layer: number): number {
  return dictionary.layers[layer].nFeatures;
}
