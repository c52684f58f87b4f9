import type { ChatTemplate } from '../checkpoint/chat-template.ts';
import type { Checkpoint, Tokenizer } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import type { Prompt } from './prompt.ts';

/** The template of a checkpoint, undefined where it has none. Its interpreter is loaded only if one is asked for. */
export async function chatTemplateOf({ dir }: Checkpoint): Promise<ChatTemplate | undefined> {
  const { loadChatTemplate } = await import('../checkpoint/chat-template.ts');
  return loadChatTemplate(dir);
}

/**
 * A prompt as a message to the model, in the template of its checkpoint; its text stays what the person wrote. Errors:
 * `prompt` without a template or a tokenizer, or where the template refuses it, `file-unsupported`.
 */
export async function promptInTemplate(
  checkpoint: Checkpoint,
  tokenizer: Tokenizer | undefined,
  template: ChatTemplate | undefined,
  text: string,
): Promise<Prompt> {
  if (template === undefined || tokenizer === undefined) {
    throw new CircuitError(
      'prompt',
      `The model of ${checkpoint.dir} has no ${tokenizer === undefined ? 'tokenizer.json' : 'chat template'}.`,
      'Trace the prompt as plain text.',
      { commandLine: 'Leave --chat away, or choose another model.' },
    );
  }
  if (text === '') throw new CircuitError('prompt', 'The prompt is empty.', 'Type some text.');
  const { encodeChatPrompt } = await import('../checkpoint/chat-template.ts');
  const { ids, tokens } = encodeChatPrompt(tokenizer, template, text);
  return { text, ids, tokens };
}
