import type { Tokenizer } from '../checkpoint/index.ts';
import { tokenText } from './prompt.ts';

/** A candidate for the next token. */
export interface LikelyToken {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
}

/** The `count` likeliest tokens, the lower id first among equals. */
export function likeliest(probabilities: Float64Array, count: number, tokenizer: Tokenizer | undefined): LikelyToken[] {
  const best: number[] = [];
  for (let id = 0; id < probabilities.length; id++) {
    if (best.length === count && probabilities[id] <= probabilities[best[count - 1]]) continue;
    let place = best.length;
    while (place > 0 && probabilities[best[place - 1]] < probabilities[id]) place--;
    best.splice(place, 0, id);
    if (best.length > count) best.pop();
  }
  return best.map(id => ({ id, text: tokenText(tokenizer, id), probability: probabilities[id] }));
}
