import type { Value } from '../onnx/index.ts';
import type { Architecture } from './architecture.ts';
import type { AttentionWeights } from './attention.ts';
import type { MlpWeights, NormWeights } from './blocks.ts';
import { layerTypeOf, type TransformerShape } from './shape.ts';
import { linearWeights, rmsNorm, rowsOf, type WeightSource } from './weights.ts';
import { wireLayer } from './wiring.ts';

/** Llama under its Hugging Face names (transformers, modeling_llama.py): pre-norm, rotary attention, gated MLP. */
export const llama: Architecture = llamaLike({ headNorms: false });

/** Qwen3 (modeling_qwen3.py): Llama with norms of queries and keys. */
export const qwen3: Architecture = llamaLike({ headNorms: true });

function llamaLike({ headNorms }: { readonly headNorms: boolean }): Architecture {
  return {
    embedTokens: (source, shape, tokens) => rowsOf(tokenEmbedding(source, shape), tokens),

    layer(source, shape, layer, residPre, methods) {
      const prefix = `model.layers.${layer}`;
      const norm = (name: string, size = shape.dModel): NormWeights =>
        rmsNorm(source, `${prefix}.${name}`, size, shape.normEpsilon);
      const parts = {
        layerType: layerTypeOf(shape, layer),
        attentionNorm: norm('input_layernorm'),
        attention: {
          ...projections(source, prefix, shape),
          ...(headNorms
            ? { queryNorm: norm('self_attn.q_norm', shape.headDim), keyNorm: norm('self_attn.k_norm', shape.headDim) }
            : {}),
        },
        mlpNorm: norm('post_attention_layernorm'),
        mlp: mlpWeights(source, shape, layer),
      };
      return wireLayer(parts, residPre, methods);
    },

    mlp: mlpWeights,
    finalNorm: (source, shape) => rmsNorm(source, 'model.norm', shape.dModel, shape.normEpsilon),
    unembedding: (source, shape) => source.weight(unembeddingTensor(shape), [shape.vocabularySize, shape.dModel]),
    unembeddingTensor,
  };
}

const EMBEDDING = 'model.embed_tokens.weight';

/** [vocabulary, dModel] */
export function tokenEmbedding(source: WeightSource, shape: TransformerShape): Value {
  return source.weight(EMBEDDING, [shape.vocabularySize, shape.dModel]);
}

/** A matrix of its own, or the embedding when the two are tied. */
export function unembeddingTensor(shape: TransformerShape): string {
  return shape.tieEmbeddings ? EMBEDDING : 'lm_head.weight';
}

/** Attention's four matrices, as Qwen and Gemma call them too. */
export function projections(source: WeightSource, prefix: string, shape: TransformerShape): AttentionWeights {
  const { dModel, nHeads, nKeyValueHeads, headDim, attentionBias = false } = shape;
  const matrix = (name: string, outputs: number, inputs: number) =>
    linearWeights(source, `${prefix}.self_attn.${name}`, [outputs, inputs], attentionBias);
  return {
    query: matrix('q_proj', nHeads * headDim, dModel),
    key: matrix('k_proj', nKeyValueHeads * headDim, dModel),
    value: matrix('v_proj', nKeyValueHeads * headDim, dModel),
    output: matrix('o_proj', dModel, nHeads * headDim),
  };
}

/** The gated MLP's three matrices, as Qwen and Gemma call them too. */
export function mlpWeights(source: WeightSource, shape: TransformerShape, layer: number): Required<MlpWeights> {
  const { dModel, dMlp, mlpBias = false, activation = 'silu' } = shape;
  const matrix = (name: string, outputs: number, inputs: number) =>
    linearWeights(source, `model.layers.${layer}.mlp.${name}`, [outputs, inputs], mlpBias);
  return {
    gate: matrix('gate_proj', dMlp, dModel),
    up: matrix('up_proj', dMlp, dModel),
    down: matrix('down_proj', dModel, dMlp),
    activation,
  };
}
