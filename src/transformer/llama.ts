import { add } from '../onnx/index.ts';
import type { Architecture } from './architecture.ts';
import {
  gatedMlp,
  type AttentionWeights,
  type GatedMlpWeights,
  type LinearWeights,
  type NormWeights,
} from './blocks.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** Llama under its Hugging Face names (transformers, modeling_llama.py): pre-norm, rotary attention, gated MLP. */
export const llama: Architecture = {
  embedding: (source, shape) => source.weight(EMBEDDING, [shape.vocabularySize, shape.dModel]),

  layer(source, shape, layer, input, methods) {
    const weights = layerWeights(source, shape, layer);
    const residPre = methods.hook('hook_resid_pre', () => input);
    const attentionOut = methods.hook('hook_attn_out', () =>
      methods.attention(methods.norm('ln1', residPre, weights.attentionNorm).output, weights.attention),
    );
    const residMid = methods.hook('hook_resid_mid', () => add(residPre, attentionOut));
    const norm = methods.norm('ln2', residMid, weights.mlpNorm);
    methods.hook('ln2.hook_normalized', () => norm.normalized);
    const mlpIn = methods.hook('mlp.hook_in', () => norm.output);
    const mlpOut = methods.hook('hook_mlp_out', () => methods.hook('mlp.hook_out', () => gatedMlp(mlpIn, weights.mlp)));
    return methods.hook('hook_resid_post', () => add(residMid, mlpOut));
  },

  finalNorm: (source, shape) => norm(source, 'model.norm', shape),

  unembedding: (source, shape) => source.weight(unembeddingName(shape), [shape.vocabularySize, shape.dModel]),

  vocabularyTensors: shape => ({ embedding: EMBEDDING, unembedding: unembeddingName(shape) }),
};

const EMBEDDING = 'model.embed_tokens.weight';

/** A matrix of its own, or the embedding when the two are tied. */
function unembeddingName(shape: TransformerShape): string {
  return shape.tieEmbeddings ? EMBEDDING : 'lm_head.weight';
}

interface LlamaLayerWeights {
  readonly attentionNorm: NormWeights;
  readonly attention: AttentionWeights;
  readonly mlpNorm: NormWeights;
  readonly mlp: GatedMlpWeights;
}

function layerWeights(source: WeightSource, shape: TransformerShape, layer: number): LlamaLayerWeights {
  const { dModel, dMlp, nHeads, nKeyValueHeads, headDim, attentionBias = false, mlpBias = false } = shape;
  const queries = nHeads * headDim;
  const keys = nKeyValueHeads * headDim;
  const prefix = `model.layers.${layer}`;
  const linear = (name: string, outputs: number, inputs: number, biased: boolean): LinearWeights => ({
    weight: source.weight(`${prefix}.${name}.weight`, [outputs, inputs]),
    ...(biased ? { bias: source.weight(`${prefix}.${name}.bias`, [outputs]) } : {}),
  });
  return {
    attentionNorm: norm(source, `${prefix}.input_layernorm`, shape),
    attention: {
      query: linear('self_attn.q_proj', queries, dModel, attentionBias),
      key: linear('self_attn.k_proj', keys, dModel, attentionBias),
      value: linear('self_attn.v_proj', keys, dModel, attentionBias),
      output: linear('self_attn.o_proj', dModel, queries, attentionBias),
    },
    mlpNorm: norm(source, `${prefix}.post_attention_layernorm`, shape),
    mlp: {
      gate: linear('mlp.gate_proj', dMlp, dModel, mlpBias),
      up: linear('mlp.up_proj', dMlp, dModel, mlpBias),
      down: linear('mlp.down_proj', dModel, dMlp, mlpBias),
    },
  };
}

function norm(source: WeightSource, name: string, shape: TransformerShape): NormWeights {
  return { kind: 'rms', weight: source.weight(`${name}.weight`, [shape.dModel]), epsilon: shape.normEpsilon };
}
