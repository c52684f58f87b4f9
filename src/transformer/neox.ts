import { reshape, slice, type Value } from '../onnx/index.ts';
import type { Architecture } from './architecture.ts';
import type { AttentionWeights } from './attention.ts';
import type { LinearWeights, MlpWeights } from './blocks.ts';
import { layerTypeOf, type TransformerShape } from './shape.ts';
import { layerNorm, linearWeights, partOf, rowsOf, type WeightSource } from './weights.ts';
import { wireLayer } from './wiring.ts';

/**
 * GPT-NeoX under its Hugging Face names (transformers, modeling_gpt_neox.py), so Pythia: LayerNorms, attention and MLP in
 * parallel, rotary positions in a part of each head.
 */
export const neox: Architecture = {
  embedTokens: (source, shape, tokens) =>
    rowsOf(source.weight(EMBEDDING, [shape.vocabularySize, shape.dModel]), tokens),

  layer(source, shape, layer, residPre, methods) {
    const { dModel, normEpsilon } = shape;
    const prefix = `gpt_neox.layers.${layer}`;
    const parts = {
      layerType: layerTypeOf(shape, layer),
      attentionNorm: layerNorm(source, `${prefix}.input_layernorm`, dModel, normEpsilon),
      attention: attentionWeights(source, `${prefix}.attention`, shape),
      mlpNorm: layerNorm(source, `${prefix}.post_attention_layernorm`, dModel, normEpsilon),
      mlp: mlpWeights(source, shape, layer),
      parallel: shape.parallelResidual ?? true,
    };
    return wireLayer(parts, residPre, methods);
  },

  mlp: mlpWeights,
  finalNorm: (source, shape) => layerNorm(source, 'gpt_neox.final_layer_norm', shape.dModel, shape.normEpsilon),
  unembedding: (source, shape) => source.weight(unembeddingTensor(shape), [shape.vocabularySize, shape.dModel]),
  unembeddingTensor,
};

const EMBEDDING = 'gpt_neox.embed_in.weight';

function unembeddingTensor(shape: TransformerShape): string {
  return shape.tieEmbeddings ? EMBEDDING : 'embed_out.weight';
}

function mlpWeights(source: WeightSource, { dModel, dMlp, activation }: TransformerShape, layer: number): MlpWeights {
  const prefix = `gpt_neox.layers.${layer}.mlp`;
  return {
    up: linearWeights(source, `${prefix}.dense_h_to_4h`, [dMlp, dModel], true),
    down: linearWeights(source, `${prefix}.dense_4h_to_h`, [dModel, dMlp], true),
    activation: activation ?? 'gelu',
  };
}

/** Rows of one matrix: of each head its query, key and value, so a part of it is each of the three. */
function attentionWeights(source: WeightSource, prefix: string, shape: TransformerShape): AttentionWeights {
  const { dModel, nHeads, headDim, attentionBias = true } = shape;
  const all = linearWeights(source, `${prefix}.query_key_value`, [3 * dModel, dModel], attentionBias);
  const part = (index: number): LinearWeights => {
    const rows = (x: Value): Value => {
      const width = x.shape.slice(1);
      const byHead = reshape(x, [nHeads, 3 * headDim, ...width]);
      return reshape(slice(byHead, 1, index * headDim, (index + 1) * headDim), [dModel, ...width]);
    };
    return {
      weight: partOf(all.weight, rows),
      ...(all.bias === undefined ? {} : { bias: partOf(all.bias, rows) }),
    };
  };
  const output = linearWeights(source, `${prefix}.dense`, [dModel, dModel], attentionBias);
  return { query: part(0), key: part(1), value: part(2), output };
}
