import { add, type Value } from '../onnx/index.ts';
import { architectureOf } from './architectures.ts';
import { softCap } from './blocks.ts';
import type { ForwardInputs } from './inputs.ts';
import type { TransformerShape } from './shape.ts';
import { rowsOf, tallLinear, type WeightSource } from './weights.ts';

/** What is written to the residual stream before the first layer. */
export interface Embeddings {
  /** [batch, tokens, dModel] */
  readonly tokens: Value;
  /** [tokens, dModel]; undefined where positions are rotary. */
  readonly positions: Value | undefined;
  /** Both together. [batch, tokens, dModel] */
  readonly residual: Value;
}

export function embed(shape: TransformerShape, source: WeightSource, inputs: ForwardInputs): Embeddings {
  const architecture = architectureOf(shape);
  const tokens = architecture.embedTokens(source, shape, inputs.tokens);
  const table = architecture.positionEmbedding?.(source, shape);
  if (table === undefined) return { tokens, positions: undefined, residual: tokens };
  const positions = rowsOf(table, inputs.positionIds!);
  return { tokens, positions, residual: add(tokens, positions) };
}

/** What is read from the final norm's output. */
export interface ReadOut {
  /** The model's logits. [.., vocabulary] */
  readonly logits: Value;
  /** Before the soft cap, where the model has one: linear in the final norm's output. The same value where it has none. */
  readonly uncapped: Value;
}

/** normed: the final norm's output, [.., dModel] */
export function unembed(shape: TransformerShape, source: WeightSource, normed: Value): ReadOut {
  const uncapped = tallLinear(normed, architectureOf(shape).unembedding(source, shape));
  return { uncapped, logits: softCap(uncapped, shape.finalLogitSoftCap) };
}
