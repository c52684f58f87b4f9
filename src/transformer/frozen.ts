import { matmul, mul, reshape, transpose, type Graph, type Value } from '../onnx/index.ts';
import type { AttentionWeights } from './attention.ts';
import { affine, centred, project, type NormValues, type NormWeights } from './blocks.ts';
import type { HookReplacement, LiveRecord } from './live.ts';
import type { HookName, LayerMethods, NormSite } from './layer-methods.ts';
import type { TransformerShape } from './shape.ts';

/**
 * The methods of a frozen layer: attention patterns and norm scales are inputs of the graph, so the layer is affine in
 * its residual input (Ameisen et al. 2025, local replacement model). Values lie position-major, [tokens, rows, dModel]:
 * rows are independent streams through the same prompt, so that all of them share each matmul.
 *
 * Inputs declared on `graph`: `pattern` [keyValueHeads, heads / keyValueHeads * tokens, tokens] (the heads that share
 * a value one below the other, rows = queries) and `<site>_inverse_scale` [tokens, 1, 1] for each norm.
 */
export function frozenMethods(
  graph: Graph,
  shape: TransformerShape,
  record: LiveRecord,
  replace: HookReplacement,
): LayerMethods {
  const group = shape.nHeads / shape.nKeyValueHeads;
  const queries = group === 1 ? 'tokens' : `${group}*tokens`;
  return {
    norm: (site: NormSite, x: Value, weights: NormWeights) => {
      const inverseScale = graph.input(inverseScaleName(site), 'float32', ['tokens', 1, 1]);
      return (record.norms[site] = frozenNorm(x, weights, inverseScale));
    },
    attention: (x, weights) => {
      record.pattern = graph.input('pattern', 'float32', [shape.nKeyValueHeads, queries, 'tokens']);
      return mixPositions(x, weights, record.pattern, shape);
    },
    hook: (name: HookName, value: () => Value) => (record.hooks[name] = replace(name, value, record)),
  };
}

/** The graph input that holds 1 / scale of a norm. */
export function inverseScaleName(site: NormSite): string {
  return `${site}_inverse_scale`;
}

/** A norm whose scale is given: linear in x, but for the bias. The mean that LayerNorm subtracts stays a function of x. */
export function frozenNorm(x: Value, weights: NormWeights, inverseScale: Value): NormValues {
  const centre = centred(x, weights);
  // One factor for both: [tokens, 1, dModel] is small beside x.
  const output = affine(mul(centre, mul(inverseScale, weights.weight)), weights.bias);
  const normalized = weights.kind === 'rms' ? mul(centre, inverseScale) : output;
  return { normalized, scale: inverseScale, output };
}

/**
 * Attention with given patterns on position-major streams: the query heads that share a value head are one matmul,
 * [group * tokens, tokens] x [tokens, rows * headDim] for each value head.
 */
function mixPositions(x: Value, weights: AttentionWeights, pattern: Value, shape: TransformerShape): Value {
  const { nHeads, nKeyValueHeads, headDim } = shape;
  const group = nHeads / nKeyValueHeads;
  const [tokens, rows] = x.shape;
  const columns = `${headDim}*${rows}`;
  const value = reshape(project(x, weights.value), [tokens, rows, nKeyValueHeads, headDim]);
  const byHead = reshape(transpose(value, [2, 0, 1, 3]), [nKeyValueHeads, tokens, columns]);
  const mixed = reshape(matmul(pattern, byHead), [nKeyValueHeads, group, tokens, rows, headDim]);
  const merged = reshape(transpose(mixed, [2, 3, 0, 1, 4]), [tokens, rows, nHeads * headDim]);
  return project(merged, weights.output);
}
