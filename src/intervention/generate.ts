import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import type { Edit } from './edit.ts';
import type { Intervention } from './intervention.ts';
import type { InterventionMode } from './mode.ts';
import { sampleToken } from './sample.ts';
import { seededRandom } from '../random.ts';

export interface GenerationOptions {
  readonly edits?: readonly Edit[];
  /** `free` when undefined. */
  readonly mode?: InterventionMode;
  readonly maxTokens: number;
  /** 0, also when undefined, takes the likeliest token each time. */
  readonly temperature?: number;
  /** The same seed gives the same tokens; 0 when undefined. */
  readonly seed?: number;
  /** Generation ends before any of these (a model's end-of-sequence tokens). */
  readonly stopTokens?: readonly number[];
  /** The prompt and its continuation are never longer. */
  readonly contextLength: number;
}

export interface Generation {
  /** The continuation, without the prompt and the stop token. */
  readonly tokens: readonly number[];
  /** Of each token, under the changed model at temperature 1. */
  readonly probabilities: readonly number[];
  readonly ended: 'stop-token' | 'max-tokens' | 'context';
}

/**
 * Continues a prompt with the changed model; the whole text runs again for each token. Edits from a position on hold for
 * generated tokens too, and "current" and "original" activations are those on the text so far.
 * Errors: `usage` for a temperature below 0, and those of Intervention.run.
 */
export async function generate(
  intervention: Intervention,
  prompt: ArrayLike<number>,
  options: GenerationOptions,
  task?: Task,
): Promise<Generation> {
  const { edits = [], mode = { kind: 'free' }, maxTokens, temperature = 0, seed = 0, stopTokens = [] } = options;
  if (!(temperature >= 0)) {
    throw new CircuitError('usage', `A temperature of ${temperature} has no meaning.`, 'Give 0 or more.');
  }
  const random = seededRandom(seed);
  const text = Array.from(prompt);
  const tokens: number[] = [];
  const probabilities: number[] = [];
  while (tokens.length < maxTokens) {
    if (text.length >= options.contextLength) return { tokens, probabilities, ended: 'context' };
    throwIfCancelled(task);
    task?.progress?.('generate', tokens.length, maxTokens);
    const [{ logits }] = await intervention.run([{ tokens: text, edits }], { mode });
    const { token, probability } = sampleToken(logits, temperature, random);
    if (stopTokens.includes(token)) return { tokens, probabilities, ended: 'stop-token' };
    text.push(token);
    tokens.push(token);
    probabilities.push(probability);
  }
  return { tokens, probabilities, ended: 'max-tokens' };
}
