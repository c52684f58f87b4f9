import type { Architecture } from './model-config-types.ts';

/** What transformers puts before the names of the model's own tensors when it saves a model with its unembedding. */
const USUAL: Readonly<Record<Architecture, string>> = {
  gpt2: 'transformer.',
  neox: 'gpt_neox.',
  llama: 'model.',
  qwen3: 'model.',
  gemma2: 'model.',
  gemma3: 'model.',
};

/** The same tensors saved without it, as openai-community/gpt2 is. */
const WITHOUT_PREFIX = /^(wte|wpe|h|ln_f|embed_in|embed_tokens|layers|final_layer_norm|norm)\./;

/** The language model inside a vision model (Gemma-3 from 4B), in the layouts before and since transformers 4.52. */
const NESTED: readonly (readonly [stored: string, usual: string])[] = [
  ['language_model.model.', 'model.'],
  ['model.language_model.', 'model.'],
  ['language_model.lm_head.', 'lm_head.'],
];

/** The name under which a causal language model of transformers has the tensor that a file calls `stored`. */
export function usualTensorName(stored: string, architecture: Architecture): string {
  for (const [nested, usual] of NESTED) if (stored.startsWith(nested)) return usual + stored.slice(nested.length);
  return WITHOUT_PREFIX.test(stored) ? USUAL[architecture] + stored : stored;
}
