/** A tiny random chat model with a tokenizer of words, special tokens and a chat template: for tests of prompts. */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeRandomArchitecture } from './random-architecture.ts';

const PACK = join(import.meta.dirname, '..', '..', 'models', 'pack', 'model');

export const TURN_TOKENS = ['<start_of_turn>', '<end_of_turn>', '<|im_start|>', '<|im_end|>'] as const;

/** As Gemma's: a message of the user, then the beginning of the model's answer. */
const TEMPLATE = `{{ bos_token }}{% for message in messages %}<start_of_turn>{{ message.role }}
{{ message.content }}<end_of_turn>
{% endfor %}{% if add_generation_prompt %}<start_of_turn>model
{% endif %}`;

interface TokenizerFile {
  readonly added_tokens: readonly object[];
  readonly model: { readonly vocab: Readonly<Record<string, number>> };
}

const TINY = {
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 8,
};

/**
 * Writes a Llama of two layers (or other `sizes`), with the embedded model's words and the tokens of turns after them. No
 * dictionary.
 */
export async function writeChatModel(folder: string, sizes: Partial<typeof TINY> = {}): Promise<void> {
  const tokenizer = JSON.parse(await readFile(join(PACK, 'tokenizer.json'), 'utf8')) as TokenizerFile;
  const words = Object.keys(tokenizer.model.vocab).length;
  const turns = TURN_TOKENS.map((content, i) => ({
    id: words + i,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: false,
    special: true,
  }));
  await writeRandomArchitecture(folder, {
    config: {
      model_type: 'llama',
      vocab_size: words + turns.length,
      ...TINY,
      ...sizes,
      max_position_embeddings: 128,
      rms_norm_eps: 1e-5,
      rope_theta: 10000,
      bos_token_id: 1,
      eos_token_id: 2,
      tie_word_embeddings: false,
    },
  });
  const added = { ...tokenizer, added_tokens: [...tokenizer.added_tokens, ...turns] };
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(added));
  await writeFile(join(folder, 'tokenizer_config.json'), await readFile(join(PACK, 'tokenizer_config.json')));
  await writeFile(join(folder, 'chat_template.jinja'), TEMPLATE);
}
