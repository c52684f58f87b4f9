import { mul } from '../onnx/index.ts';
import type { Architecture } from './architecture.ts';
import type { MlpWeights, NormWeights } from './blocks.ts';
import { mlpWeights, projections, tokenEmbedding, unembeddingTensor } from './llama.ts';
import { layerTypeOf, type TransformerShape } from './shape.ts';
import { rmsNorm, rowsOf, type WeightSource } from './weights.ts';
import { wireLayer } from './wiring.ts';

/**
 * Gemma-2 under its Hugging Face names (transformers, modeling_gemma2.py): norms after attention and MLP too, stored
 * less 1; embeddings times sqrt(dModel); soft caps, query scale and sliding windows follow from the shape.
 */
export const gemma2: Architecture = gemma({ headNorms: false });

/** Gemma-3 (modeling_gemma3.py): norms of queries and keys, and rotary tables of their own in sliding layers. */
export const gemma3: Architecture = gemma({ headNorms: true });

function gemma({ headNorms }: { readonly headNorms: boolean }): Architecture {
  return {
    embedTokens: (source, shape, tokens) => mul(rowsOf(tokenEmbedding(source, shape), tokens), Math.sqrt(shape.dModel)),

    layer(source, shape, layer, residPre, methods) {
      const prefix = `model.layers.${layer}`;
      const norm = (name: string, size?: number): NormWeights => gemmaNorm(source, `${prefix}.${name}`, shape, size);
      const parts = {
        layerType: layerTypeOf(shape, layer),
        attentionNorm: norm('input_layernorm'),
        attention: {
          ...projections(source, prefix, shape),
          ...(headNorms
            ? { queryNorm: norm('self_attn.q_norm', shape.headDim), keyNorm: norm('self_attn.k_norm', shape.headDim) }
            : {}),
        },
        attentionPostNorm: norm('post_attention_layernorm'),
        mlpNorm: norm('pre_feedforward_layernorm'),
        mlp: gemmaMlp(source, shape, layer),
        mlpPostNorm: norm('post_feedforward_layernorm'),
      };
      return wireLayer(parts, residPre, methods);
    },

    mlp: gemmaMlp,
    finalNorm: (source, shape) => gemmaNorm(source, 'model.norm', shape),
    unembedding: (source, shape) => source.weight(unembeddingTensor(shape), [shape.vocabularySize, shape.dModel]),
    unembeddingTensor,
  };
}

function gemmaMlp(source: WeightSource, shape: TransformerShape, layer: number): MlpWeights {
  return { ...mlpWeights(source, shape, layer), activation: shape.activation ?? 'gelu_tanh' };
}

function gemmaNorm(source: WeightSource, name: string, shape: TransformerShape, size = shape.dModel): NormWeights {
  return rmsNorm(source, name, size, shape.normEpsilon, 'weight less 1');
}
