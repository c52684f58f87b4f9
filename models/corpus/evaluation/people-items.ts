import { NAMES } from '../facts/people.ts';
import { indirectObjectValues } from '../kinds/people-sentences.ts';
import { chance, createRandom, pick, shuffled } from '../random.ts';
import { promptOf } from '../sentence.ts';
import { isHeldOutNamePair } from '../splits.ts';
import { INDIRECT_OBJECT } from '../templates.ts';
import type { IndirectObjectItem } from './item.ts';

const SEED = 7;
const HELD_OUT_ITEMS = 200;
const TRAIN_ITEMS = 100;

/** A sample of the name pairs, the classic sentence first. */
export function indirectObjectItems(): Record<string, IndirectObjectItem[]> {
  const random = createRandom(SEED);
  const pairs = shuffled(
    random,
    NAMES.flatMap((one, i) => NAMES.slice(0, i).map((other): [string, string] => [one, other])),
  );
  const itemOf = ([one, other]: [string, string]): IndirectObjectItem => {
    const [giver, receiver] = chance(random, 0.5) ? [one, other] : [other, one];
    const values = indirectObjectValues(random, giver, receiver);
    return question(promptOf(pick(random, INDIRECT_OBJECT), values), giver, receiver);
  };
  const values = { x: 'Mary', y: 'John', s: 'John', p: 'store', o: 'drink' };
  const classic = question(promptOf(INDIRECT_OBJECT[0], values), 'John', 'Mary');
  const heldOut = pairs.filter(pair => isHeldOutNamePair(...pair)).slice(0, HELD_OUT_ITEMS - 1);
  const trained = pairs.filter(pair => !isHeldOutNamePair(...pair)).slice(0, TRAIN_ITEMS);
  return {
    indirect_object_train: trained.map(itemOf),
    indirect_object_heldout: [classic, ...heldOut.map(itemOf)],
  };
}

function question(prompt: string, giver: string, receiver: string): IndirectObjectItem {
  const heldOut = isHeldOutNamePair(giver, receiver);
  return { kind: 'indirect_object', prompt, accepted: [` ${receiver}`], giver, receiver, heldOut };
}
