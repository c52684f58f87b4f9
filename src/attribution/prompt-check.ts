import type { ModelConfig } from '../checkpoint/index.ts';
import { requiredStart, type Dictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';

/** Errors: `prompt` for no tokens, only zeroed positions, more than the model's context, or an unknown id. */
export function checkPrompt(tokens: readonly number[], config: ModelConfig, nZeroed: number): void {
  if (tokens.length === 0) throw new CircuitError('prompt', 'The prompt has no tokens.', 'Type some text.');
  if (tokens.length <= nZeroed) {
    throw new CircuitError(
      'prompt',
      tokens.length === 1
        ? 'The prompt has one token, and the first one is never explained: it stands for the beginning of the text.'
        : `The prompt has ${tokens.length} tokens, and the first ${nZeroed}, with which each message begins, are never explained.`,
      'Write a longer prompt.',
    );
  }
  checkSequence(tokens, config);
}

/** Errors: `prompt` for tokens that do not begin as the dictionary needs them to. */
export function checkStart(tokens: readonly number[], dictionary: Dictionary): void {
  const start = requiredStart(dictionary);
  if (start === undefined || start.every((token, position) => tokens[position] === token)) return;
  throw new CircuitError(
    'prompt',
    `${dictionary.dir} was made for ${dictionary.config.modelName}, whose prompts begin with the tokens ${start.join(', ')}; this one begins with ${tokens.slice(0, start.length).join(', ')}.`,
    "Wrap the prompt in the model's chat template.",
    { commandLine: "Add --chat, which wraps the prompt in the model's chat template, or give --tokens that begin so." },
  );
}

/** Errors: `prompt` for more tokens than the model's context, or an id outside its vocabulary. */
export function checkSequence(tokens: ArrayLike<number>, config: ModelConfig): void {
  if (tokens.length > config.contextLength) {
    throw new CircuitError(
      'prompt',
      `The prompt has ${tokens.length} tokens but the model reads ${config.contextLength} (${config.path}).`,
      'Shorten the prompt.',
    );
  }
  for (let position = 0; position < tokens.length; position++) {
    const id = tokens[position];
    if (Number.isInteger(id) && id >= 0 && id < config.vocabularySize) continue;
    throw new CircuitError(
      'prompt',
      `Token ${id} at position ${position} is not in the model's vocabulary: ids go from 0 to ${config.vocabularySize - 1} (${config.path}).`,
      'The prompt was encoded by another tokenizer: use the one that belongs to the model.',
    );
  }
}
