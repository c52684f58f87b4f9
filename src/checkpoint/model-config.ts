import { join } from 'node:path';
import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import { parseGemma } from './config-gemma.ts';
import { parseGpt2, parseNeox } from './config-gpt.ts';
import { parseLlama, parseQwen3 } from './config-llama.ts';
import type { ModelConfig } from './model-config-types.ts';
import { parseFields, readJson } from './read-fields.ts';

/** `model_type` of transformers -> how its fields are read. */
const PARSERS: Readonly<Record<string, (path: string, fields: object) => ModelConfig>> = {
  llama: parseLlama,
  qwen3: parseQwen3,
  gemma2: parseGemma,
  gemma3: parseGemma,
  gemma3_text: parseGemma,
  gpt2: parseGpt2,
  gpt_neox: parseNeox,
};

const Head = v.looseObject({
  model_type: v.optional(v.string()),
  quantization_config: v.nullish(v.record(v.string(), v.unknown())),
  text_config: v.nullish(v.looseObject({})),
});

/**
 * The config.json of a checkpoint folder, typed; fields that are missing get transformers' defaults (4.57).
 * Errors: `file-missing`, `file-damaged` (naming the field), `file-unsupported` (an architecture, activation, rope
 * scaling or quantisation that is not known, listing the known ones).
 */
export async function readModelConfig(dir: string): Promise<ModelConfig> {
  const path = join(dir, 'config.json');
  return parseModelConfig(path, await readJson(path));
}

/** The same on parsed JSON; `path` is only for messages. */
export function parseModelConfig(path: string, json: unknown): ModelConfig {
  const head = parseFields(path, Head, json);
  if (head.quantization_config != null) {
    throw new CircuitError(
      'file-unsupported',
      `${path}: "quantization_config" says that the weights are quantised.`,
      'Use the checkpoint in 16 or 32 bits.',
    );
  }
  const type = head.model_type;
  if (type == null || !Object.hasOwn(PARSERS, type)) {
    throw new CircuitError(
      'file-unsupported',
      type == null
        ? `${path} has no "model_type", which says how its weights are used.`
        : `${path}: "model_type" is "${type}", which is not known.`,
      `Use a model of one of these types: ${Object.keys(PARSERS).join(', ')}.`,
    );
  }
  // Vision models of the Gemma-3 family keep the language model's fields one level down, the token ids on top.
  const fields = head.text_config == null ? head : { ...head, ...head.text_config };
  return PARSERS[type](path, fields);
}
