import type { Checkpoint } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';
import { promptOfIds, promptOfText, type Prompt } from '../../trace/prompt.ts';

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
