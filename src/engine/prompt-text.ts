import { CircuitError } from '../errors.ts';
import { promptOfText, type Prompt } from '../trace/prompt.ts';
import { chatTemplates, type OpenModel } from './open-model.ts';
import type { PromptOptions, PromptToken } from './protocol.ts';

/**
 * The prompt of a request as the model reads it; its text stays what the person wrote. Errors: `prompt`, also for a chat
 * message to a model without a template.
 */
export async function promptOf(model: OpenModel, { prompt, specialAsText, chat }: PromptOptions): Promise<Prompt> {
  const { checkpoint, tokenizer } = model;
  if (chat !== true) return promptOfText(checkpoint, tokenizer, prompt, { specialAsText: specialAsText ?? false });
  const template = await model.chatTemplate.get();
  if (template === undefined || tokenizer === undefined) {
    throw new CircuitError(
      'prompt',
      `The model of ${checkpoint.dir} has no chat template.`,
      'Trace the prompt as plain text.',
    );
  }
  const { ids, tokens } = (await chatTemplates()).encodeChatPrompt(tokenizer, template, prompt);
  return { text: prompt, ids, tokens };
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
