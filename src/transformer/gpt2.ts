import { slice, type Value } from '../onnx/index.ts';
import type { Architecture } from './architecture.ts';
import type { AttentionWeights } from './attention.ts';
import type { LinearWeights, MlpWeights } from './blocks.ts';
import { layerTypeOf, type TransformerShape } from './shape.ts';
import { layerNorm, partOf, rowsOf, type WeightSource } from './weights.ts';
import { wireLayer } from './wiring.ts';

/** GPT-2 under its Hugging Face names (transformers, modeling_gpt2.py): LayerNorms, learned positions, biases. */
export const gpt2: Architecture = {
  embedTokens: (source, shape, tokens) =>
    rowsOf(source.weight(EMBEDDING, [shape.vocabularySize, shape.dModel]), tokens),
  positionEmbedding: (source, shape) => source.weight('transformer.wpe.weight', [shape.contextLength!, shape.dModel]),

  layer(source, shape, layer, residPre, methods) {
    const { dModel, normEpsilon } = shape;
    const prefix = `transformer.h.${layer}`;
    const parts = {
      layerType: layerTypeOf(shape, layer),
      attentionNorm: layerNorm(source, `${prefix}.ln_1`, dModel, normEpsilon),
      attention: attentionWeights(source, `${prefix}.attn`, shape),
      mlpNorm: layerNorm(source, `${prefix}.ln_2`, dModel, normEpsilon),
      mlp: mlpWeights(source, shape, layer),
    };
    return wireLayer(parts, residPre, methods);
  },

  mlp: mlpWeights,
  finalNorm: (source, shape) => layerNorm(source, 'transformer.ln_f', shape.dModel, shape.normEpsilon),
  unembedding: (source, shape) => source.weight(unembeddingTensor(shape), [shape.vocabularySize, shape.dModel]),
  unembeddingTensor,
};

const EMBEDDING = 'transformer.wte.weight';

function unembeddingTensor(shape: TransformerShape): string {
  return shape.tieEmbeddings ? EMBEDDING : 'lm_head.weight';
}

/** transformers' Conv1D: a matrix [inputs, outputs] and a bias. */
function conv1d(source: WeightSource, name: string, inputs: number, outputs: number): LinearWeights {
  const weight = source.weight(`${name}.weight`, [inputs, outputs]);
  return { weight, orientation: 'in-out', bias: source.weight(`${name}.bias`, [outputs]) };
}

function mlpWeights(source: WeightSource, { dModel, dMlp, activation }: TransformerShape, layer: number): MlpWeights {
  const prefix = `transformer.h.${layer}.mlp`;
  return {
    up: conv1d(source, `${prefix}.c_fc`, dModel, dMlp),
    down: conv1d(source, `${prefix}.c_proj`, dMlp, dModel),
    activation: activation ?? 'gelu_tanh',
  };
}

/** Queries, keys and values are columns of one matrix, in this order, so a part of it is each. */
function attentionWeights(source: WeightSource, prefix: string, { dModel }: TransformerShape): AttentionWeights {
  const all = conv1d(source, `${prefix}.c_attn`, dModel, 3 * dModel);
  const part = (index: number): LinearWeights => {
    const columns = (x: Value): Value => slice(x, -1, index * dModel, (index + 1) * dModel);
    return { ...all, weight: partOf(all.weight, columns), bias: partOf(all.bias!, columns) };
  };
  return { query: part(0), key: part(1), value: part(2), output: conv1d(source, `${prefix}.c_proj`, dModel, dModel) };
}
