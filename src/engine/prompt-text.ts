import { promptInTemplate } from '../trace/chat-prompt.ts';
import { promptOfText, type Prompt } from '../trace/prompt.ts';
import type { OpenModel } from './open-model.ts';
import type { PromptOptions, PromptToken } from './protocol.ts';

/**
 * The prompt of a request as the model reads it; its text stays what the person wrote. Errors: `prompt`, also for a chat
 * message to a model without a template.
 */
export async function promptOf(model: OpenModel, { prompt, specialAsText, chat }: PromptOptions): Promise<Prompt> {
  const { checkpoint, tokenizer } = model;
  if (chat === true) return promptInTemplate(checkpoint, tokenizer, await model.chatTemplate.get(), prompt);
  return promptOfText(checkpoint, tokenizer, prompt, { specialAsText: specialAsText ?? false });
}

/** The tokens as the protocol has them: those that the text spells out and that have a role are told apart. */
export function promptTokens({ tokenizer }: OpenModel, { tokens }: Prompt): PromptToken[] {
  return tokens.map(({ id, text, start, end }) => ({
    id,
    text,
    start,
    end,
    ...(start !== null && tokenizer?.isSpecial(id) === true ? { special: true } : {}),
  }));
}
