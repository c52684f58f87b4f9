import type { Checkpoint, PromptToken, Tokenizer } from '../checkpoint/index.ts';
import type { EncodeOptions } from '../checkpoint/tokenizer.ts';
import { CircuitError } from '../errors.ts';

/** A prompt as the model reads it. */
export interface Prompt {
  /** As given, or the texts of the ids. */
  readonly text: string;
  readonly ids: readonly number[];
  /** One for each id. */
  readonly tokens: readonly PromptToken[];
}

/** The text of a token: the id itself where the checkpoint has no tokenizer. */
export function tokenText(tokenizer: Tokenizer | undefined, id: number): string {
  return tokenizer?.tokenText(id) ?? String(id);
}

/** Errors: `prompt` for an empty text, or where the checkpoint has no tokenizer. */
export function promptOfText(
  checkpoint: Checkpoint,
  tokenizer: Tokenizer | undefined,
  text: string,
  options?: EncodeOptions,
): Prompt {
  if (tokenizer === undefined) {
    throw new CircuitError(
      'prompt',
      `${checkpoint.dir} has no tokenizer.json, so text cannot be read.`,
      "Put the checkpoint's tokenizer.json beside its config.json, or choose another model.",
      { commandLine: 'Give token ids (--tokens 0,5,11), or fetch the tokenizer of the checkpoint.' },
    );
  }
  if (text === '') throw new CircuitError('prompt', 'The prompt is empty.', 'Type some text.');
  return { text, ...tokenizer.encodePrompt(text, options) };
}

export function promptOfIds(tokenizer: Tokenizer | undefined, ids: readonly number[]): Prompt {
  const tokens = ids.map(id => ({ id, text: tokenText(tokenizer, id), start: null, end: null }));
  const text = tokenizer === undefined ? ids.join(' ') : tokens.map(token => token.text).join('');
  return { text, ids, tokens };
}
