import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import { activationOf, checked, layerTypesOf, positive, size, tokenIds, tokenIdsOf } from './config-fields.ts';
import { ropeFields, ropeOf } from './config-rope.ts';
import type { ModelConfig } from './model-config-types.ts';
import { parseFields } from './read-fields.ts';

const Gpt2Fields = v.looseObject({
  vocab_size: v.optional(size, 50_257),
  n_positions: v.optional(size, 1024),
  n_embd: v.optional(size, 768),
  n_layer: v.optional(size, 12),
  n_head: v.optional(size, 12),
  n_inner: v.nullish(size),
  activation_function: v.optional(v.string(), 'gelu_new'),
  layer_norm_epsilon: v.optional(positive, 1e-5),
  scale_attn_weights: v.optional(v.boolean(), true),
  scale_attn_by_inverse_layer_idx: v.optional(v.boolean(), false),
  tie_word_embeddings: v.optional(v.boolean(), true),
  ...tokenIds(50_256, 50_256, undefined),
});

/** transformers' GPT2Config. */
export function parseGpt2(path: string, json: object): ModelConfig {
  const fields = parseFields(path, Gpt2Fields, json);
  if (fields.scale_attn_by_inverse_layer_idx) {
    throw new CircuitError(
      'file-unsupported',
      `${path}: "scale_attn_by_inverse_layer_idx" is true, which is not supported.`,
      'Use a GPT-2 checkpoint without it.',
    );
  }
  const headDim = fields.n_embd / fields.n_head;
  return checked({
    path,
    architecture: 'gpt2',
    vocabularySize: fields.vocab_size,
    dModel: fields.n_embd,
    nLayers: fields.n_layer,
    nHeads: fields.n_head,
    nKeyValueHeads: fields.n_head,
    headDim,
    dMlp: fields.n_inner ?? 4 * fields.n_embd,
    activation: activationOf(path, 'activation_function', fields.activation_function),
    normEpsilon: fields.layer_norm_epsilon,
    contextLength: fields.n_positions,
    tieEmbeddings: fields.tie_word_embeddings,
    attentionBias: true,
    mlpBias: true,
    positions: 'learned',
    ropeTheta: 10_000,
    ropeScaling: undefined,
    rotaryDim: 0,
    queryScale: fields.scale_attn_weights ? headDim ** -0.5 : 1,
    parallelResidual: false,
    ...withoutWindows(path, fields.n_layer),
    ...tokenIdsOf(fields),
  });
}

const NeoxFields = v.looseObject({
  vocab_size: size,
  hidden_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  intermediate_size: size,
  hidden_act: v.optional(v.string(), 'gelu'),
  layer_norm_eps: v.optional(positive, 1e-5),
  max_position_embeddings: v.optional(size, 2048),
  rotary_pct: v.optional(positive),
  rotary_emb_base: v.optional(positive),
  use_parallel_residual: v.optional(v.boolean(), true),
  attention_bias: v.optional(v.boolean(), true),
  tie_word_embeddings: v.optional(v.boolean(), false),
  ...ropeFields(10_000),
  ...tokenIds(0, 2, undefined),
});

/** transformers' GPTNeoXConfig (Pythia). */
export function parseNeox(path: string, json: object): ModelConfig {
  const fields = parseFields(path, NeoxFields, json);
  const headDim = fields.hidden_size / fields.num_attention_heads;
  return checked({
    path,
    architecture: 'neox',
    vocabularySize: fields.vocab_size,
    dModel: fields.hidden_size,
    nLayers: fields.num_hidden_layers,
    nHeads: fields.num_attention_heads,
    nKeyValueHeads: fields.num_attention_heads,
    headDim,
    dMlp: fields.intermediate_size,
    activation: activationOf(path, 'hidden_act', fields.hidden_act),
    normEpsilon: fields.layer_norm_eps,
    contextLength: fields.max_position_embeddings,
    tieEmbeddings: fields.tie_word_embeddings,
    attentionBias: fields.attention_bias,
    mlpBias: true,
    positions: 'rotary',
    ...ropeOf(path, { ...fields, rope_theta: fields.rotary_emb_base ?? fields.rope_theta }),
    rotaryDim: Math.trunc(headDim * rotaryShare(fields)),
    queryScale: headDim ** -0.5,
    parallelResidual: fields.use_parallel_residual,
    ...withoutWindows(path, fields.num_hidden_layers),
    ...tokenIdsOf(fields),
  });
}

/** The part of a head that is rotated; transformers 5 keeps it beside the base. */
function rotaryShare(fields: v.InferOutput<typeof NeoxFields>): number {
  const beside = v.safeParse(v.looseObject({ partial_rotary_factor: positive }), fields.rope_parameters);
  return fields.rotary_pct ?? (beside.success ? beside.output.partial_rotary_factor : 0.25);
}

function withoutWindows(path: string, nLayers: number) {
  return {
    localRopeTheta: undefined,
    attentionSoftCap: undefined,
    finalLogitSoftCap: undefined,
    layerTypes: layerTypesOf(path, nLayers, undefined, () => 'full'),
    slidingWindow: undefined,
  };
}
