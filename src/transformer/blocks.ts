import {
  add,
  concat,
  linear,
  matmul,
  mean,
  mul,
  neg,
  reshape,
  rmsNormalize,
  silu,
  slice,
  softmax,
  sub,
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

/** A norm over the last axis: RMSNorm, or LayerNorm, which also subtracts the mean and adds a bias. */
export interface NormWeights {
  readonly kind: 'rms' | 'layer';
  /** [dModel] */
  readonly weight: Value;
  readonly bias?: Value;
  readonly epsilon: number;
}

export interface NormValues {
  /** TransformerLens' hook_normalized: before the weight in an RMSNorm, the output itself in a LayerNorm. */
  readonly normalized: Value;
  /** The denominator sqrt(mean(x^2) + epsilon), of the centred x in a LayerNorm. [.., 1] */
  readonly scale: Value;
  /** What the next matrix reads. [.., dModel] */
  readonly output: Value;
}

/** x: [.., dModel] */
export function norm(x: Value, weights: NormWeights): NormValues {
  const { normalized, scale } = rmsNormalize(centred(x, weights), weights.epsilon);
  const output = affine(mul(normalized, weights.weight), weights.bias);
  return { normalized: weights.kind === 'rms' ? normalized : output, scale, output };
}

/** x minus its mean, which a LayerNorm reads; x itself in an RMSNorm. */
export function centred(x: Value, weights: NormWeights): Value {
  return weights.kind === 'rms' ? x : sub(x, mean(x, [-1], { keep: true }));
}

/** A matrix stored as [outputs, inputs], and a bias [outputs] where the model has one. */
export interface LinearWeights {
  readonly weight: Value;
  readonly bias?: Value;
}

export function project(x: Value, { weight, bias }: LinearWeights): Value {
  return affine(linear(x, weight), bias);
}

export function affine(x: Value, bias: Value | undefined): Value {
  return bias === undefined ? x : add(x, bias);
}

export interface AttentionWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
}

/** Causal rotary attention: [batch, heads, tokens, tokens], rows = queries. x: [batch, tokens, dModel], the norm's output. */
export function attentionPattern(
  x: Value,
  weights: AttentionWeights,
  positions: PositionInputs,
  shape: TransformerShape,
): Value {
  const { nHeads, nKeyValueHeads, headDim } = shape;
  const query = mul(rotate(splitHeads(project(x, weights.query), nHeads, headDim), positions), headDim ** -0.5);
  const key = rotate(splitHeads(project(x, weights.key), nKeyValueHeads, headDim), positions);
  const scores = matmul(groupHeads(query, nKeyValueHeads), shareHead(key, nHeads), { transposeB: true });
  const [batch, tokens] = x.shape;
  return reshape(softmax(add(scores, positions.mask)), [batch, nHeads, tokens, tokens]);
}

/** The output of attention, summed over heads, [batch, tokens, dModel], given its patterns. */
export function mixHeads(x: Value, weights: AttentionWeights, pattern: Value, shape: TransformerShape): Value {
  const { nHeads, nKeyValueHeads, headDim } = shape;
  const [batch, tokens] = x.shape;
  const value = splitHeads(project(x, weights.value), nKeyValueHeads, headDim);
  const mixed = matmul(groupHeads(pattern, nKeyValueHeads), shareHead(value, nHeads));
  const heads = reshape(mixed, [batch, nHeads, tokens, headDim]);
  const merged = reshape(transpose(heads, [0, 2, 1, 3]), [batch, tokens, nHeads * headDim]);
  return project(merged, weights.output);
}

/** Weights of a gated MLP. */
export interface GatedMlpWeights {
  readonly gate: LinearWeights;
  readonly up: LinearWeights;
  readonly down: LinearWeights;
}

/** SwiGLU (Shazeer 2020): down(silu(gate x) * up x). */
export function gatedMlp(x: Value, weights: GatedMlpWeights): Value {
  return project(mul(silu(project(x, weights.gate)), project(x, weights.up)), weights.down);
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
