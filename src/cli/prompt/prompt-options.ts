import { flag, under, value } from '../frame/options.ts';
import { anyText, tokenIds } from '../frame/value-readers.ts';

/** The prompt, as text or as ids. */
export const PROMPT_OPTIONS = under('Prompt', {
  prompt: value('TEXT', "the prompt; gets the beginning-of-sequence token by the model's rule", anyText),
  chat: flag("the prompt is a message to the model: wrap it in the checkpoint's chat template"),
  tokens: value('IDS', 'the prompt as token ids, taken as they are: 0,5,11', tokenIds),
});
