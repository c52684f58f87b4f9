import { tensor, type Tensors } from '../onnx/index.ts';
import { inverseScaleName } from '../transformer/frozen.ts';
import type { NormSite } from '../transformer/layer-methods.ts';
import type { LayerState } from './forward-pass.ts';
import { HEAD_PARTS } from './head-parts.ts';

/** The sizes that the frozen feeds follow from. */
export interface HeadSizes {
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
}

/**
 * Patterns and scales of a layer as the inputs of its frozen graph, for the first `nTokens` positions only; and in how many
 * parts each head is projected.
 */
export function layerFeeds(state: LayerState, sizes: HeadSizes, nTokens: number, headParts = 1): Tensors {
  return {
    ...scaleFeeds(state, nTokens),
    pattern: patternFeed(state.pattern, sizes, nTokens),
    [HEAD_PARTS]: tensor(new Float32Array(headParts), [headParts]),
  };
}

/** The scales alone, of `nTokens` positions from `first` on: all that reading needs. */
export function scaleFeeds(state: LayerState, nTokens: number, first = 0): Tensors {
  const scales = Object.entries(state.inverseScales);
  return Object.fromEntries(
    scales.map(([site, scale]) => [inverseScaleName(site as NormSite), scaleFeed(scale, nTokens, first)]),
  );
}

/** [tokens, 1, 1] */
export function scaleFeed(scale: Float32Array, nTokens: number, first = 0): Tensors[string] {
  return tensor(scale.subarray(first, first + nTokens), [nTokens, 1, 1]);
}

/** [keyValueHeads, heads / keyValueHeads * tokens, tokens]; the heads of a group lie below each other as they are. */
function patternFeed(pattern: Float32Array, { nHeads, nKeyValueHeads }: HeadSizes, nTokens: number): Tensors[string] {
  const all = Math.round(Math.sqrt(pattern.length / nHeads));
  const shape = [nKeyValueHeads, (nHeads / nKeyValueHeads) * nTokens, nTokens];
  if (all === nTokens) return tensor(pattern, shape);
  const part = new Float32Array(nHeads * nTokens * nTokens);
  for (let head = 0; head < nHeads; head++) {
    for (let query = 0; query < nTokens; query++) {
      const from = (head * all + query) * all;
      part.set(pattern.subarray(from, from + nTokens), (head * nTokens + query) * nTokens);
    }
  }
  return tensor(part, shape);
}
