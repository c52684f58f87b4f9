import { indirectObjectItems } from './evaluation/people-items.ts';
import { placeItems } from './evaluation/place-items.ts';
import { rhymeItems } from './evaluation/rhyme-items.ts';
import { antonymItems } from './evaluation/word-items.ts';
import type { EvaluationItem } from './evaluation/item.ts';

/**
 * The questions that the model is judged by, by the name of their set. `_train` sets ask combinations that training
 * sentences state, `_heldout` sets ask those of splits.ts. The same in every call.
 */
export function evaluationSets(): Record<string, EvaluationItem[]> {
  return { ...placeItems(), ...antonymItems(), ...rhymeItems(), ...indirectObjectItems() };
}
