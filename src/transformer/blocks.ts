import {
  add,
  concat,
  linear,
  matmul,
  mul,
  neg,
  reshape,
  rmsNormalize,
  silu,
  slice,
  softmax,
  transpose,
  type Value,
} from '../onnx/index.ts';
import type { TransformerShape } from './shape.ts';

/** The rotary tables and the mask as values of the graph. */
export interface PositionInputs {
  readonly cos: Value;
  readonly sin: Value;
  readonly mask: Value;
}

export interface NormValues {
  /** x / scale, before the weight. [batch, tokens, dModel] */
  readonly normalized: Value;
  /** The denominator sqrt(mean(x^2) + epsilon). [batch, tokens, 1] */
  readonly scale: Value;
  /** normalized * weight. */
  readonly output: Value;
}

/** RMSNorm over the last axis. x, result: [batch, tokens, dModel]; weight: [dModel]. */
export function rmsNorm(x: Value, weight: Value, epsilon: number): NormValues {
  const { normalized, scale } = rmsNormalize(x, epsilon);
  return { normalized, scale, output: mul(normalized, weight) };
}

/** Projections of one attention layer, each stored as [outputs, inputs]. */
export interface AttentionWeights {
  readonly query: Value;
  readonly key: Value;
  readonly value: Value;
  readonly output: Value;
}

export interface AttentionValues {
  /** Attention patterns, rows = queries. [batch, heads, tokens, tokens] */
  readonly pattern: Value;
  /** Sum over heads, in the residual stream. [batch, tokens, dModel] */
  readonly output: Value;
}

/** Causal rotary attention with grouped keys and values. x: [batch, tokens, dModel], the norm's output. */
export function attention(
  x: Value,
  weights: AttentionWeights,
  positions: PositionInputs,
  shape: TransformerShape,
): AttentionValues {
  const { nHeads, nKeyValueHeads, headDim } = shape;
  const query = mul(rotate(splitHeads(linear(x, weights.query), nHeads, headDim), positions), headDim ** -0.5);
  const key = rotate(splitHeads(linear(x, weights.key), nKeyValueHeads, headDim), positions);
  const value = splitHeads(linear(x, weights.value), nKeyValueHeads, headDim);
  const scores = matmul(groupHeads(query, nKeyValueHeads), shareHead(key, nHeads), { transposeB: true });
  const grouped = softmax(add(scores, positions.mask));
  const mixed = matmul(grouped, shareHead(value, nHeads));
  const [batch, tokens] = x.shape;
  const pattern = reshape(grouped, [batch, nHeads, tokens, tokens]);
  const heads = reshape(mixed, [batch, nHeads, tokens, headDim]);
  const merged = reshape(transpose(heads, [0, 2, 1, 3]), [batch, tokens, nHeads * headDim]);
  return { pattern, output: linear(merged, weights.output) };
}

/** Weights of a gated MLP, each stored as [outputs, inputs]. */
export interface GatedMlpWeights {
  readonly gate: Value;
  readonly up: Value;
  readonly down: Value;
}

/** SwiGLU (Shazeer 2020): down(silu(gate x) * up x). */
export function gatedMlp(x: Value, weights: GatedMlpWeights): Value {
  return linear(mul(silu(linear(x, weights.gate)), linear(x, weights.up)), weights.down);
}

/** [batch, tokens, heads * headDim] -> [batch, heads, tokens, headDim] */
function splitHeads(x: Value, nHeads: number, headDim: number): Value {
  const [batch, tokens] = x.shape;
  return transpose(reshape(x, [batch, tokens, nHeads, headDim]), [0, 2, 1, 3]);
}

/** Heads that share keys side by side: [batch, heads, t, d] -> [batch, keyHeads, heads / keyHeads, t, d]. */
function groupHeads(x: Value, nKeyValueHeads: number): Value {
  const [batch, nHeads, tokens, headDim] = x.shape;
  if (nHeads === nKeyValueHeads) return x;
  return reshape(x, [batch, nKeyValueHeads, Number(nHeads) / nKeyValueHeads, tokens, headDim]);
}

/** A key or value head as a group of one, to be stretched over the query heads that share it. */
function shareHead(x: Value, nHeads: number): Value {
  const [batch, nKeyValueHeads, tokens, headDim] = x.shape;
  if (nHeads === nKeyValueHeads) return x;
  return reshape(x, [batch, nKeyValueHeads, 1, tokens, headDim]);
}

/** Rotary position embedding, halves rotated against each other as Hugging Face stores them. */
function rotate(x: Value, { cos, sin }: PositionInputs): Value {
  const headDim = Number(x.shape[x.shape.length - 1]);
  const first = slice(x, -1, 0, headDim / 2);
  const second = slice(x, -1, headDim / 2, headDim);
  return add(mul(x, cos), mul(concat([neg(second), first], -1), sin));
}
