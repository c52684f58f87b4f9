import { encodePrompt, PAD_ID, type EvaluationItem } from '../corpus/index.ts';

/** Next-token logits of token sequences of one length, at each one's last token. [sequences, vocabulary], row-major. */
export type Predictor = (sequences: readonly Int32Array[]) => Promise<Float32Array>;

export interface EvaluationScore {
  readonly correct: number;
  readonly total: number;
  /** The prompts that were answered wrongly. */
  readonly wrong: readonly { readonly prompt: string; readonly answer: readonly number[] }[];
}

const BATCH = 256;

/**
 * Share of prompts whose greedy continuation is one of the accepted answers, all of its tokens: the next token of the
 * prompt, then of the prompt with that token, until an accepted answer is complete or none begins so.
 */
export async function evaluate(items: readonly EvaluationItem[], predict: Predictor): Promise<EvaluationScore> {
  let open = items.map(item => ({
    prompt: item.prompt,
    tokens: encodePrompt(item.prompt),
    answer: [] as number[],
    accepted: item.accepted.map(text => answerTokens(item.prompt, text)),
  }));
  const wrong: { prompt: string; answer: number[] }[] = [];
  let correct = 0;
  while (open.length > 0) {
    const next: typeof open = [];
    const predicted = await greedy(
      open.map(({ tokens, answer }) => [...tokens, ...answer]),
      predict,
    );
    open.forEach((question, index) => {
      const answer = [...question.answer, predicted[index]];
      const fitting = question.accepted.filter(accepted => answer.every((token, i) => token === accepted[i]));
      if (fitting.some(accepted => accepted.length === answer.length)) correct++;
      else if (fitting.length > 0) next.push({ ...question, answer });
      else wrong.push({ prompt: question.prompt, answer });
    });
    open = next;
  }
  return { correct, total: items.length, wrong };
}

/** The likeliest next token of each sequence. */
export async function greedy(sequences: readonly (readonly number[])[], predict: Predictor): Promise<number[]> {
  const result = new Array<number>(sequences.length).fill(PAD_ID);
  const byLength = new Map<number, number[]>();
  sequences.forEach((sequence, index) => {
    const known = byLength.get(sequence.length);
    if (known === undefined) byLength.set(sequence.length, [index]);
    else known.push(index);
  });
  for (const indices of byLength.values()) {
    for (let first = 0; first < indices.length; first += BATCH) {
      const chunk = indices.slice(first, first + BATCH);
      const logits = await predict(chunk.map(index => Int32Array.from(sequences[index])));
      const vocabulary = logits.length / chunk.length;
      chunk.forEach((index, row) => {
        result[index] = argmax(logits.subarray(row * vocabulary, (row + 1) * vocabulary));
      });
    }
  }
  return result;
}

/** Tokens of an answer such as " Salt Lake City" when it follows the prompt. */
export function answerTokens(prompt: string, answer: string): number[] {
  return encodePrompt(prompt + answer).slice(encodePrompt(prompt).length);
}

export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
