import { tensor, type Tensors } from '../onnx/index.ts';
import { inverseScaleName } from '../transformer/frozen.ts';
import type { NormSite } from '../transformer/layer-methods.ts';
import { HEAD_PARTS } from './derivative-methods.ts';
import type { LayerState } from './forward-pass.ts';

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

/** What ONNX Runtime needs to copy a head's matrix before a product, as rows of it that take as long. */
const ROWS_OF_COPYING = 12;
const MOST_PARTS = 64;

/**
 * In how many parts of equal size each head's product with `rows` rows is done in the shortest time. ONNX Runtime gives each
 * product of a batch to one thread (onnxruntime/core/mlas/lib/sgemm.cpp, MlasGemmBatch): with 9 heads, one of two threads
 * would have five of them.
 */
export function headParts(rows: number, nHeads: number, threads: number): number {
  let best = 1;
  let shortest = Infinity;
  for (let parts = 1; parts <= Math.min(MOST_PARTS, rows); parts++) {
    if (rows % parts !== 0) continue;
    const time = Math.ceil((nHeads * parts) / threads) * (rows / parts + ROWS_OF_COPYING);
    if (time < shortest) [best, shortest] = [parts, time];
  }
  return best;
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
