import type { Checkpoint, PromptToken, Tokenizer } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';

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

/** The prompt of --prompt or --tokens. Errors: `usage` unless one of the two is given, `prompt`. */
export async function readPrompt(
  checkpoint: Checkpoint,
  { prompt, tokens }: { readonly prompt?: string | undefined; readonly tokens?: readonly number[] | undefined },
): Promise<Prompt> {
  if ((prompt === undefined) === (tokens === undefined)) {
    throw new CircuitError(
      'usage',
      prompt === undefined ? 'There is no prompt.' : 'Both --prompt and --tokens are given.',
      'Give one of --prompt TEXT and --tokens 0,5,11.',
    );
  }
  const tokenizer = await checkpoint.tokenizer();
  return tokens === undefined ? promptOfText(checkpoint, tokenizer, prompt!) : promptOfIds(tokenizer, tokens);
}

/** The same, or a prompt that any model can read: a sentence, or ids spread over the vocabulary. */
export async function readPromptOr(
  sentence: string,
  checkpoint: Checkpoint,
  given: Parameters<typeof readPrompt>[1],
): Promise<Prompt> {
  if (given.prompt !== undefined || given.tokens !== undefined) return readPrompt(checkpoint, given);
  const tokenizer = await checkpoint.tokenizer();
  if (tokenizer !== undefined) return promptOfText(checkpoint, tokenizer, sentence);
  const { vocabularySize, bosTokenId = 0 } = checkpoint.config;
  const ids = Array.from({ length: SPREAD_IDS }, (_, i) => Math.floor(((i + 1) * vocabularySize) / (SPREAD_IDS + 2)));
  return promptOfIds(tokenizer, [bosTokenId, ...ids]);
}

const SPREAD_IDS = 7;

/** Errors: `prompt` for an empty text, or where the checkpoint has no tokenizer. */
export function promptOfText(checkpoint: Checkpoint, tokenizer: Tokenizer | undefined, text: string): Prompt {
  if (tokenizer === undefined) {
    throw new CircuitError(
      'prompt',
      `${checkpoint.dir} has no tokenizer.json, so text cannot be read.`,
      'Give token ids (--tokens 0,5,11), or fetch the tokenizer of the checkpoint.',
    );
  }
  if (text === '') throw new CircuitError('prompt', 'The prompt is empty.', 'Type some text.');
  return { text, ...tokenizer.encodePrompt(text) };
}

export function promptOfIds(tokenizer: Tokenizer | undefined, ids: readonly number[]): Prompt {
  const tokens = ids.map(id => ({ id, text: tokenText(tokenizer, id), start: null, end: null }));
  const text = tokenizer === undefined ? ids.join(' ') : tokens.map(token => token.text).join('');
  return { text, ids, tokens };
}
