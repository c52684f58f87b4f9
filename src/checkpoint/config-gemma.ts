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
import { ropeFields, ropeOf, type Rope } from './config-rope.ts';
import type { ModelConfig } from './model-config-types.ts';
import { parseFields } from './read-fields.ts';

const shared = {
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  // Published Gemma-3 configurations leave these out where they equal transformers' defaults.
  num_attention_heads: v.optional(size, 8),
  num_key_value_heads: v.optional(size, 4),
  head_dim: v.optional(size, 256),
  query_pre_attn_scalar: v.optional(positive, 256),
  hidden_activation: v.optional(v.string(), 'gelu_pytorch_tanh'),
  rms_norm_eps: v.optional(positive, 1e-6),
  tie_word_embeddings: v.optional(v.boolean(), true),
  attention_bias: v.optional(v.boolean(), false),
  sliding_window: v.optional(v.nullable(size), 4096),
  layer_types: layerTypeList,
  ...tokenIds(2, 1, 0),
};

const Gemma2Fields = v.looseObject({
  ...shared,
  vocab_size: v.optional(size, 256_000),
  max_position_embeddings: v.optional(size, 8192),
  attn_logit_softcapping: v.optional(v.nullable(positive), 50),
  final_logit_softcapping: v.optional(v.nullable(positive), 30),
  ...ropeFields(10_000),
});

const Gemma3Fields = v.looseObject({
  ...shared,
  vocab_size: v.optional(size, 262_208),
  max_position_embeddings: v.optional(size, 131_072),
  attn_logit_softcapping: v.optional(v.nullable(positive), null),
  final_logit_softcapping: v.optional(v.nullable(positive), null),
  rope_local_base_freq: v.optional(positive, 10_000),
  sliding_window_pattern: v.optional(size),
  _sliding_window_pattern: v.optional(size, 6),
  ...ropeFields(1_000_000),
});

/** transformers 5 keeps one entry for each kind of layer under `rope_parameters`. */
const RopeByLayerType = v.looseObject({
  full_attention: v.looseObject({}),
  sliding_attention: v.looseObject({ rope_theta: v.optional(positive) }),
});

/** transformers' Gemma2Config and Gemma3TextConfig. */
export function parseGemma(path: string, json: object): ModelConfig {
  const isGemma2 = 'model_type' in json && json.model_type === 'gemma2';
  return isGemma2 ? parseGemma2(path, json) : parseGemma3(path, json);
}

function parseGemma2(path: string, json: object): ModelConfig {
  const fields = parseFields(path, Gemma2Fields, json);
  const everySecond = (layer: number) => (layer % 2 === 0 ? 'sliding' : 'full');
  return checked({
    ...sharedConfig(path, fields, ropeOf(path, fields)),
    architecture: 'gemma2',
    layerTypes: layerTypesOf(path, fields.num_hidden_layers, fields.layer_types, everySecond),
    localRopeTheta: undefined,
  });
}

function parseGemma3(path: string, json: object): ModelConfig {
  const fields = parseFields(path, Gemma3Fields, json);
  const pattern = fields.sliding_window_pattern ?? fields._sliding_window_pattern;
  const byType = v.safeParse(RopeByLayerType, fields.rope_parameters);
  const full = byType.success ? { ...fields, rope_parameters: byType.output.full_attention } : fields;
  const local = byType.success ? byType.output.sliding_attention.rope_theta : undefined;
  return checked({
    ...sharedConfig(path, fields, ropeOf(path, full)),
    architecture: 'gemma3',
    layerTypes: layerTypesOf(path, fields.num_hidden_layers, fields.layer_types, layer =>
      (layer + 1) % pattern === 0 ? 'full' : 'sliding',
    ),
    localRopeTheta: local ?? fields.rope_local_base_freq,
  });
}

type GemmaFields = v.InferOutput<typeof Gemma2Fields> | v.InferOutput<typeof Gemma3Fields>;

function sharedConfig(path: string, fields: GemmaFields, rope: Rope) {
  return {
    path,
    vocabularySize: fields.vocab_size,
    dModel: fields.hidden_size,
    nLayers: fields.num_hidden_layers,
    nHeads: fields.num_attention_heads,
    nKeyValueHeads: fields.num_key_value_heads,
    headDim: fields.head_dim,
    dMlp: fields.intermediate_size,
    activation: activationOf(path, 'hidden_activation', fields.hidden_activation),
    normEpsilon: fields.rms_norm_eps,
    contextLength: fields.max_position_embeddings,
    tieEmbeddings: fields.tie_word_embeddings,
    attentionBias: fields.attention_bias,
    mlpBias: false,
    positions: 'rotary' as const,
    ...rope,
    rotaryDim: fields.head_dim,
    queryScale: fields.query_pre_attn_scalar ** -0.5,
    attentionSoftCap: fields.attn_logit_softcapping ?? undefined,
    finalLogitSoftCap: fields.final_logit_softcapping ?? undefined,
    slidingWindow: fields.sliding_window ?? undefined,
    parallelResidual: false,
    ...tokenIdsOf(fields),
  };
}
