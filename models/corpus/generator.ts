import { indirectObject, filler } from './kinds/people-sentences.ts';
import { cityToPlace, oneHop, twoHop } from './kinds/place-sentences.ts';
import { rhyme } from './kinds/rhyme-sentences.ts';
import { antonym, translation } from './kinds/word-sentences.ts';
import type { Random } from './random.ts';
import type { Sentence } from './sentence.ts';

export const KINDS = [
  'two_hop',
  'city_state',
  'one_hop',
  'antonym',
  'translation',
  'rhyme',
  'indirect_object',
  'filler',
] as const;
export type Kind = (typeof KINDS)[number];

/** Shares of the kinds of sentence. They need not sum to 1. */
export type Mix = Readonly<Record<Kind, number>>;

export const MIX: Mix = {
  two_hop: 0.21,
  city_state: 0.11,
  one_hop: 0.1,
  antonym: 0.2,
  translation: 0.13,
  rhyme: 0.11,
  indirect_object: 0.1,
  filler: 0.04,
};

/** Draws one sentence of each kind, without its full stop. */
const GENERATORS: Record<Kind, (random: Random) => Sentence> = {
  two_hop: twoHop,
  city_state: cityToPlace,
  one_hop: oneHop,
  antonym,
  translation,
  rhyme,
  indirect_object: indirectObject,
  filler,
};

/** One sentence of the kind, with its full stop. */
export function sampleOfKind(random: Random, kind: Kind): Sentence {
  const sentence = GENERATORS[kind](random);
  sentence.text += '.';
  return sentence;
}

/** One sentence, its kind drawn by the shares of `mix`. */
export function sampleSentence(random: Random, mix: Mix = MIX): Sentence {
  let rest = random.next() * KINDS.reduce((sum, kind) => sum + mix[kind], 0);
  for (const kind of KINDS) {
    rest -= mix[kind];
    if (rest < 0) return sampleOfKind(random, kind);
  }
  return sampleOfKind(random, 'filler');
}
