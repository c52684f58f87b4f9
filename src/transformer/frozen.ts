import { matmul, mul, reshape, transpose, type Graph, type Value } from '../onnx/index.ts';
import type { AttentionWeights } from './attention.ts';
import { affine, centred, project, type NormValues, type NormWeights } from './blocks.ts';
import type { HookReplacement, LiveRecord } from './live.ts';
import type { HookName, LayerMethods, NormSite } from './layer-methods.ts';
import type { TransformerShape } from './shape.ts';

/** What is frozen: the inputs of a graph that hold it. */
export interface FrozenInputs {
  /** [keyValueHeads, heads / keyValueHeads * tokens, tokens]; heads that share a value one below the other, rows = queries. */
  readonly pattern: () => Value;
  /** 1 / scale of a norm, [tokens, 1, 1] */
  readonly inverseScale: (site: NormSite) => Value;
}

/** Inputs `pattern` and `<site>_inverse_scale` of `graph`, each made when it is first asked for. */
export function frozenInputs(graph: Graph, { nHeads, nKeyValueHeads }: TransformerShape): FrozenInputs {
  const group = nHeads / nKeyValueHeads;
  const queries = group === 1 ? 'tokens' : `${group}*tokens`;
  const known = new Map<string, Value>();
  const input = (name: string, shape: readonly (number | string)[]): Value => {
    const value = known.get(name) ?? graph.input(name, 'float32', shape);
    known.set(name, value);
    return value;
  };
  return {
    pattern: () => input('pattern', [nKeyValueHeads, queries, 'tokens']),
    inverseScale: site => input(inverseScaleName(site), ['tokens', 1, 1]),
  };
}

/**
 * The methods of a frozen layer: attention patterns and norm scales are inputs of the graph, so the layer is affine in
 * its residual input (Ameisen et al. 2025, local replacement model). Values lie position-major, [tokens, rows, dModel]:
 * rows are independent streams through the same prompt, so that all of them share each matmul.
 */
export function frozenMethods(
  inputs: FrozenInputs,
  shape: TransformerShape,
  record: LiveRecord,
  replace: HookReplacement,
): LayerMethods {
  return {
    norm: (site, x, weights) => (record.norms[site] = frozenNorm(x, weights, inputs.inverseScale(site))),
    attention: (x, weights) => {
      record.pattern = inputs.pattern();
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
export function mixPositions(
  x: Value,
  weights: Pick<AttentionWeights, 'value' | 'output'>,
  pattern: Value,
  shape: TransformerShape,
): Value {
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
