import { add, concat, matmul, mul, neg, reshape, slice, softmax, transpose, type Value } from '../onnx/index.ts';
import { norm, project, softCap, type LinearWeights, type NormWeights } from './blocks.ts';
import type { TransformerShape } from './shape.ts';

/** The rotary tables as values of the graph, [tokens, rotaryDim] each. */
export interface RotaryInputs {
  readonly cos: Value;
  readonly sin: Value;
}

/** What attention in one kind of layer knows of positions. */
export interface AttentionPositions {
  /** Undefined where positions are learned. */
  readonly rotary: RotaryInputs | undefined;
  /** [tokens, tokens] */
  readonly mask: Value;
}

/** By kind of layer; the two are one where no layer slides. */
export interface PositionInputs {
  readonly full: AttentionPositions;
  readonly sliding: AttentionPositions;
}

export interface AttentionWeights {
  readonly query: LinearWeights;
  readonly key: LinearWeights;
  readonly value: LinearWeights;
  readonly output: LinearWeights;
  /** Norms of each head's query and key, weights [headDim] (Gemma-3, Qwen3). */
  readonly queryNorm?: NormWeights;
  readonly keyNorm?: NormWeights;
}

/** Causal attention: [batch, heads, tokens, tokens], rows = queries. x: [batch, tokens, dModel], the norm's output. */
export function attentionPattern(
  x: Value,
  weights: AttentionWeights,
  positions: AttentionPositions,
  shape: TransformerShape,
): Value {
  const { nHeads, nKeyValueHeads, headDim, queryScale = headDim ** -0.5, attentionSoftCap } = shape;
  const heads = (linear: LinearWeights, count: number, headNorm: NormWeights | undefined): Value => {
    const split = splitHeads(project(x, linear), count, headDim);
    return rotate(headNorm === undefined ? split : norm(split, headNorm).output, positions.rotary);
  };
  const query = mul(heads(weights.query, nHeads, weights.queryNorm), queryScale);
  const key = heads(weights.key, nKeyValueHeads, weights.keyNorm);
  const scores = matmul(groupHeads(query, nKeyValueHeads), shareHead(key, nHeads), { transposeB: true });
  const [batch, tokens] = x.shape;
  const pattern = softmax(add(softCap(scores, attentionSoftCap), positions.mask));
  return reshape(pattern, [batch, nHeads, tokens, tokens]);
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

/**
 * Rotary position embedding of the first dimensions of each head, as many as the tables are wide: halves rotated
 * against each other as Hugging Face stores them. The other dimensions stay.
 */
function rotate(x: Value, rotary: RotaryInputs | undefined): Value {
  if (rotary === undefined) return x;
  const headDim = Number(x.shape[x.shape.length - 1]);
  const rotaryDim = Number(rotary.cos.shape[1]);
  const first = slice(x, -1, 0, rotaryDim / 2);
  const second = slice(x, -1, rotaryDim / 2, rotaryDim);
  const turned = rotaryDim === headDim ? x : slice(x, -1, 0, rotaryDim);
  const rotated = add(mul(turned, rotary.cos), mul(concat([neg(second), first], -1), rotary.sin));
  return rotaryDim === headDim ? rotated : concat([rotated, slice(x, -1, rotaryDim, headDim)], -1);
}
