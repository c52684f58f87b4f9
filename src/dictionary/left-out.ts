import type { Dictionary } from './dictionary.ts';

/** <bos><start_of_turn>user\n, with which every prompt of a Gemma-3 chat model begins. */
const GEMMA_CHAT_START: readonly number[] = [2, 105, 2364, 107];

/**
 * The tokens with which a prompt must begin because the dictionary was not trained on them: those of a chat for the
 * GemmaScope 2 sets of -it models (circuit-tracer's rule, by the model's name). Undefined where any prompt will do.
 */
export function requiredStart({ config }: Dictionary): readonly number[] | undefined {
  const name = config.modelName ?? '';
  return name.includes('gemma-3') && name.endsWith('-it') ? GEMMA_CHAT_START : undefined;
}

/**
 * How many positions at the front have neither activations nor errors: these tokens, or the first one alone, which stands
 * for the beginning of a text and on which thousands of features are active.
 */
export function leftOutPositions(dictionary: Dictionary): number {
  return requiredStart(dictionary)?.length ?? 1;
}
