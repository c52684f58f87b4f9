import type { Checkpoint } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';
import { chatTemplateOf, promptInTemplate } from '../../trace/chat-prompt.ts';
import { promptOfIds, promptOfText, type Prompt } from '../../trace/prompt.ts';

/** What the options say of the prompt. */
export interface GivenPrompt {
  readonly prompt: string | undefined;
  readonly tokens: readonly number[] | undefined;
  readonly chat: boolean;
}

/** The prompt of --prompt (with --chat in the model's template) or --tokens. Errors: `usage`, `prompt`. */
export async function readPrompt(checkpoint: Checkpoint, given: GivenPrompt): Promise<Prompt> {
  const { prompt, tokens, chat } = given;
  if ((prompt === undefined) === (tokens === undefined)) {
    throw new CircuitError(
      'usage',
      prompt === undefined ? 'There is no prompt.' : 'Both --prompt and --tokens are given.',
      'Give one of --prompt TEXT and --tokens 0,5,11.',
    );
  }
  if (tokens === undefined) return (await textReader(checkpoint, chat))(prompt!);
  if (chat) {
    throw new CircuitError('usage', '--chat goes with a text, and --tokens are ids.', 'Leave one of the two away.');
  }
  return promptOfIds(await checkpoint.tokenizer(), tokens);
}

/** How texts become prompts: as they are, or in the checkpoint's chat template. */
export async function textReader(
  checkpoint: Checkpoint,
  chat: boolean,
): Promise<(text: string) => Prompt | Promise<Prompt>> {
  const tokenizer = await checkpoint.tokenizer();
  if (!chat) return text => promptOfText(checkpoint, tokenizer, text);
  const template = await chatTemplateOf(checkpoint);
  return text => promptInTemplate(checkpoint, tokenizer, template, text);
}

/** The same, or a prompt that any model can read: a sentence, or ids spread over the vocabulary. */
export async function readPromptOr(sentence: string, checkpoint: Checkpoint, given: GivenPrompt): Promise<Prompt> {
  if (given.prompt !== undefined || given.tokens !== undefined) return readPrompt(checkpoint, given);
  const tokenizer = await checkpoint.tokenizer();
  if (tokenizer !== undefined || given.chat) return (await textReader(checkpoint, given.chat))(sentence);
  const { vocabularySize, bosTokenId = 0 } = checkpoint.config;
  const ids = Array.from({ length: SPREAD_IDS }, (_, i) => Math.floor(((i + 1) * vocabularySize) / (SPREAD_IDS + 2)));
  return promptOfIds(tokenizer, [bosTokenId, ...ids]);
}

const SPREAD_IDS = 7;
