import * as v from 'valibot';
import {
  activationOf,
  checked,
  layerTypeList,
  layerTypesOf,
  positive,
  size,
  tokenIds,
  tokenIdsOf,
} from './config-fields.ts';
import { ropeFields, ropeOf } from './config-rope.ts';
import type { ModelConfig } from './model-config-types.ts';
import { parseFields } from './read-fields.ts';

const shared = {
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: v.nullish(size),
  hidden_act: v.optional(v.string(), 'silu'),
  rms_norm_eps: v.optional(positive, 1e-6),
  tie_word_embeddings: v.optional(v.boolean(), false),
  attention_bias: v.optional(v.boolean(), false),
  ...ropeFields(10_000),
};

const LlamaFields = v.looseObject({
  ...shared,
  head_dim: v.nullish(size),
  max_position_embeddings: v.optional(size, 2048),
  mlp_bias: v.optional(v.boolean(), false),
  ...tokenIds(1, 2, undefined),
});

/** transformers' LlamaConfig: Llama 1 to 3.2, SmolLM2, TinyLlama and the embedded model. */
export function parseLlama(path: string, json: object): ModelConfig {
  const fields = parseFields(path, LlamaFields, json);
  const headDim = fields.head_dim ?? fields.hidden_size / fields.num_attention_heads;
  return checked({
    ...sharedConfig(path, fields, headDim),
    architecture: 'llama',
    mlpBias: fields.mlp_bias,
    layerTypes: layerTypesOf(path, fields.num_hidden_layers, undefined, () => 'full'),
    slidingWindow: undefined,
    ...tokenIdsOf(fields),
  });
}

const Qwen3Fields = v.looseObject({
  ...shared,
  head_dim: v.optional(size, 128),
  max_position_embeddings: v.optional(size, 32_768),
  use_sliding_window: v.optional(v.boolean(), false),
  sliding_window: v.optional(v.nullable(size), 4096),
  max_window_layers: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 28),
  layer_types: layerTypeList,
  ...tokenIds(undefined, undefined, undefined),
});

/** transformers' Qwen3Config. */
export function parseQwen3(path: string, json: object): ModelConfig {
  const fields = parseFields(path, Qwen3Fields, json);
  const window = fields.use_sliding_window ? (fields.sliding_window ?? undefined) : undefined;
  return checked({
    ...sharedConfig(path, fields, fields.head_dim),
    architecture: 'qwen3',
    mlpBias: false,
    layerTypes: layerTypesOf(path, fields.num_hidden_layers, fields.layer_types, layer =>
      window !== undefined && layer >= fields.max_window_layers ? 'sliding' : 'full',
    ),
    slidingWindow: window,
    ...tokenIdsOf(fields),
  });
}

type SharedFields = Pick<v.InferOutput<typeof LlamaFields>, keyof typeof shared | 'max_position_embeddings'>;

function sharedConfig(path: string, fields: SharedFields, headDim: number) {
  return {
    path,
    vocabularySize: fields.vocab_size,
    dModel: fields.hidden_size,
    nLayers: fields.num_hidden_layers,
    nHeads: fields.num_attention_heads,
    nKeyValueHeads: fields.num_key_value_heads ?? fields.num_attention_heads,
    headDim,
    dMlp: fields.intermediate_size,
    activation: activationOf(path, 'hidden_act', fields.hidden_act),
    normEpsilon: fields.rms_norm_eps,
    contextLength: fields.max_position_embeddings,
    tieEmbeddings: fields.tie_word_embeddings,
    attentionBias: fields.attention_bias,
    positions: 'rotary' as const,
    ...ropeOf(path, fields),
    rotaryDim: headDim,
    localRopeTheta: undefined,
    queryScale: headDim ** -0.5,
    attentionSoftCap: undefined,
    finalLogitSoftCap: undefined,
    parallelResidual: false,
  };
}
