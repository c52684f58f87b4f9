import type { Shape, Value } from '../onnx/index.ts';
import type { AttentionWeights, GatedMlpWeights } from './blocks.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** The weights of one Llama layer under their Hugging Face names (transformers, modeling_llama.py). */
export interface LlamaLayerWeights {
  readonly attentionNorm: Value;
  readonly attention: AttentionWeights;
  readonly mlpNorm: Value;
  readonly mlp: GatedMlpWeights;
}

export function llamaLayerWeights(source: WeightSource, shape: TransformerShape, layer: number): LlamaLayerWeights {
  const { dModel, dMlp } = shape;
  const queries = shape.nHeads * shape.headDim;
  const keys = shape.nKeyValueHeads * shape.headDim;
  const get = (name: string, size: Shape): Value => source.weight(`model.layers.${layer}.${name}.weight`, size);
  return {
    attentionNorm: get('input_layernorm', [dModel]),
    attention: {
      query: get('self_attn.q_proj', [queries, dModel]),
      key: get('self_attn.k_proj', [keys, dModel]),
      value: get('self_attn.v_proj', [keys, dModel]),
      output: get('self_attn.o_proj', [dModel, queries]),
    },
    mlpNorm: get('post_attention_layernorm', [dModel]),
    mlp: {
      gate: get('mlp.gate_proj', [dMlp, dModel]),
      up: get('mlp.up_proj', [dMlp, dModel]),
      down: get('mlp.down_proj', [dModel, dMlp]),
    },
  };
}

/** [vocabulary, dModel] */
export function llamaEmbedding(source: WeightSource, shape: TransformerShape): Value {
  return source.weight('model.embed_tokens.weight', [shape.vocabularySize, shape.dModel]);
}

/** [vocabulary, dModel]: a matrix of its own, or the embedding when the two are tied. */
export function llamaUnembedding(source: WeightSource, shape: TransformerShape): Value {
  if (shape.tieEmbeddings) return llamaEmbedding(source, shape);
  return source.weight('lm_head.weight', [shape.vocabularySize, shape.dModel]);
}

export function llamaFinalNorm(source: WeightSource, shape: TransformerShape): Value {
  return source.weight('model.norm.weight', [shape.dModel]);
}
