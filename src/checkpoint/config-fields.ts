import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import type { ActivationName, LayerType, ModelConfig } from './model-config-types.ts';

/** Schemas of the config.json fields that several architectures share. */

/** Sizes: no model has a dimension beyond this, and products of three of them stay exact. */
export const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24));
export const positive = v.pipe(v.number(), v.finite(), v.gtValue(0));
const tokenId = v.pipe(v.number(), v.integer(), v.minValue(0));

/** transformers writes null for "none"; a missing field has the architecture's default. */
export const tokenIds = (bos: number | undefined, eos: number | undefined, pad: number | undefined) => ({
  bos_token_id: v.optional(v.nullable(tokenId), bos ?? null),
  eos_token_id: v.optional(v.nullable(v.union([tokenId, v.array(tokenId)])), eos ?? null),
  pad_token_id: v.optional(v.nullable(tokenId), pad ?? null),
});

export const layerTypeList = v.nullish(v.array(v.picklist(['full_attention', 'sliding_attention'])));

interface TokenIdFields {
  readonly bos_token_id: number | null;
  readonly eos_token_id: number | number[] | null;
  readonly pad_token_id: number | null;
}

export function tokenIdsOf(fields: TokenIdFields): Pick<ModelConfig, 'bosTokenId' | 'eosTokenIds' | 'padTokenId'> {
  return {
    bosTokenId: fields.bos_token_id ?? undefined,
    eosTokenIds: fields.eos_token_id === null ? [] : [fields.eos_token_id].flat(),
    padTokenId: fields.pad_token_id ?? undefined,
  };
}

const ACTIVATIONS: Readonly<Record<string, ActivationName>> = {
  silu: 'silu',
  swish: 'silu',
  gelu: 'gelu',
  gelu_new: 'gelu_tanh',
  gelu_fast: 'gelu_tanh',
  gelu_pytorch_tanh: 'gelu_tanh',
  relu: 'relu',
};

/** transformers' name of an activation in ours. Errors: `file-unsupported` listing the known names. */
export function activationOf(path: string, field: string, name: string): ActivationName {
  if (Object.hasOwn(ACTIVATIONS, name)) return ACTIVATIONS[name];
  throw new CircuitError(
    'file-unsupported',
    `${path}: "${field}" is "${name}", an activation that is not known.`,
    `Known are ${Object.keys(ACTIVATIONS).join(', ')}.`,
  );
}

/** The kinds of `nLayers` layers: as listed, or by `rule` where the list is missing. */
export function layerTypesOf(
  path: string,
  nLayers: number,
  listed: readonly ('full_attention' | 'sliding_attention')[] | null | undefined,
  rule: (layer: number) => LayerType,
): LayerType[] {
  if (listed == null) return Array.from({ length: nLayers }, (_, layer) => rule(layer));
  if (listed.length !== nLayers) {
    throw inconsistent(path, `"layer_types" lists ${listed.length} layers but "num_hidden_layers" is ${nLayers}`);
  }
  return listed.map(type => (type === 'full_attention' ? 'full' : 'sliding'));
}

/** Checks what no single field can show; returns the config. Errors: `file-damaged`. */
export function checked(config: ModelConfig): ModelConfig {
  const { path, nHeads, nKeyValueHeads, headDim, rotaryDim } = config;
  if (!Number.isInteger(headDim)) {
    throw inconsistent(path, `"hidden_size" ${config.dModel} is not a multiple of "num_attention_heads" ${nHeads}`);
  }
  if (nHeads % nKeyValueHeads !== 0) {
    throw inconsistent(
      path,
      `"num_attention_heads" ${nHeads} is not a multiple of "num_key_value_heads" ${nKeyValueHeads}`,
    );
  }
  if (config.positions === 'rotary' && (rotaryDim % 2 !== 0 || rotaryDim > headDim || rotaryDim < 2)) {
    throw inconsistent(
      path,
      `${rotaryDim} of ${headDim} dimensions of a head would be rotated; it must be an even part`,
    );
  }
  if (config.layerTypes.includes('sliding') && config.slidingWindow === undefined) {
    throw inconsistent(path, '"layer_types" has sliding layers but "sliding_window" is missing');
  }
  return config;
}

function inconsistent(path: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${path}: ${what}.`, 'Correct the field, or fetch the file again.');
}
