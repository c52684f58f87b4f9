import { add, gatherRows, linear, type Value } from '../onnx/index.ts';
import { attention, gatedMlp, rmsNorm, type NormValues, type PositionInputs } from './blocks.ts';
import { llamaEmbedding, llamaFinalNorm, llamaLayerWeights, llamaUnembedding } from './llama.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** The inputs of a forward pass. */
export interface ForwardInputs extends PositionInputs {
  /** Token ids, int64. [batch, tokens] */
  readonly tokens: Value;
}

/** Everything that an analysis may ask of one layer; what is not made an output is not computed. */
export interface LayerValues {
  /** Residual stream before attention, between, and after the MLP. [batch, tokens, dModel] */
  readonly residPre: Value;
  readonly residMid: Value;
  readonly residPost: Value;
  readonly attentionNorm: NormValues;
  /** [batch, heads, tokens, tokens] */
  readonly pattern: Value;
  readonly attentionOut: Value;
  readonly mlpNorm: NormValues;
  readonly mlpOut: Value;
}

export interface ForwardValues {
  /** Token embeddings. [batch, tokens, dModel] */
  readonly embedding: Value;
  readonly layers: readonly LayerValues[];
  readonly finalNorm: NormValues;
  /** [batch, tokens, vocabulary] */
  readonly logits: Value;
}

/**
 * Stands in for a layer's MLP: gets what the MLP reads, and the original's output as a function (calling it adds the
 * original's nodes), and returns what is written to the residual stream. [batch, tokens, dModel]
 */
export type MlpReplacement = (
  layer: number,
  inputs: { readonly residMid: Value; readonly norm: NormValues },
  original: () => Value,
) => Value;

/** Writes the forward pass of a Llama-shaped model. */
export function buildForward(
  shape: TransformerShape,
  source: WeightSource,
  inputs: ForwardInputs,
  replaceMlp?: MlpReplacement,
): ForwardValues {
  const embedding = gatherRows(llamaEmbedding(source, shape), inputs.tokens);
  const layers: LayerValues[] = [];
  let residual = embedding;
  for (let layer = 0; layer < shape.nLayers; layer++) {
    const values = buildLayer(shape, source, inputs, layer, residual, replaceMlp);
    layers.push(values);
    residual = values.residPost;
  }
  const finalNorm = rmsNorm(residual, llamaFinalNorm(source, shape), shape.normEpsilon);
  return { embedding, layers, finalNorm, logits: linear(finalNorm.output, llamaUnembedding(source, shape)) };
}

function buildLayer(
  shape: TransformerShape,
  source: WeightSource,
  positions: PositionInputs,
  layer: number,
  residPre: Value,
  replaceMlp: MlpReplacement | undefined,
): LayerValues {
  const weights = llamaLayerWeights(source, shape, layer);
  const attentionNorm = rmsNorm(residPre, weights.attentionNorm, shape.normEpsilon);
  const { pattern, output: attentionOut } = attention(attentionNorm.output, weights.attention, positions, shape);
  const residMid = add(residPre, attentionOut);
  const mlpNorm = rmsNorm(residMid, weights.mlpNorm, shape.normEpsilon);
  const original = (): Value => gatedMlp(mlpNorm.output, weights.mlp);
  const mlpOut = replaceMlp === undefined ? original() : replaceMlp(layer, { residMid, norm: mlpNorm }, original);
  const residPost = add(residMid, mlpOut);
  return { residPre, residMid, residPost, attentionNorm, pattern, attentionOut, mlpNorm, mlpOut };
}
