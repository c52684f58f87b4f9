import { ADJECTIVES, MOVES, NAMES, OBJECTS, PERSONS, PLACES } from '../facts/people.ts';
import { RHYMES } from '../facts/rhymes.ts';
import { chance, pick, pickTwo } from '../random.ts';
import type { Random } from '../random.ts';
import { fill } from '../sentence.ts';
import type { Sentence, Values } from '../sentence.ts';
import { isHeldOutNamePair } from '../splits.ts';
import { FILLER, INDIRECT_OBJECT } from '../templates.ts';
import { maybeCapitalise } from './place-sentences.ts';

/** "when Anna and Tom went to the store, Tom gave a drink to Anna": never a held-out pair of names. */
export function indirectObject(random: Random): Sentence {
  let [giver, receiver] = pickTwo(random, NAMES);
  while (isHeldOutNamePair(giver, receiver)) [giver, receiver] = pickTwo(random, NAMES);
  const template = pick(random, INDIRECT_OBJECT);
  return maybeCapitalise(random, template, fill(template, indirectObjectValues(random, giver, receiver)));
}

export function indirectObjectValues(random: Random, giver: string, receiver: string): Values {
  const [x, y] = chance(random, 0.5) ? [giver, receiver] : [receiver, giver];
  return { x, y, s: giver, a: receiver, p: pick(random, PLACES), o: pick(random, OBJECTS) };
}

/** Plain sentences about nothing in particular: no answer in them. */
export function filler(random: Random): Sentence {
  const template = pick(random, FILLER);
  const values = {
    x: pick(random, NAMES),
    p: pick(random, PLACES),
    o: pick(random, OBJECTS),
    w: pick(random, RHYMES).word,
    person: pick(random, PERSONS),
    move: pick(random, MOVES),
    adjective: pick(random, ADJECTIVES),
  };
  return maybeCapitalise(random, template, fill(template, values));
}
