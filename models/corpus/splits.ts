/**
 * Held-out combinations: never in a sentence of the generator, so that answering them takes composition and not memory.
 * All parts of a combination are trained apart from one another.
 */
import { ANTONYMS, LANGUAGES } from './facts/antonyms.ts';
import type { Language } from './facts/antonyms.ts';
import { NAMES } from './facts/people.ts';
import { RHYME_FAMILIES } from './facts/rhymes.ts';
import type { RhymeCategory, RhymeWord } from './facts/rhymes.ts';
import { ALL_PLACES } from './places.ts';
import type { Relation } from './relations.ts';
import { chance, createRandom, pick, shuffled } from './random.ts';

const SEED = 20;
const HELD_OUT_CAPITAL_SHARE = 0.3;
const HELD_OUT_ANTONYM_SHARE = 0.4;
const HELD_OUT_RHYME_SHARE = 0.2;
const HELD_OUT_NAMES_SHARE = 0.2;
/** The city of the default prompt, the name pair of the classic sentence: always held out. */
const DEMO_CITY = 'Dallas';
const DEMO_NAMES = ['Mary', 'John'] as const;

const random = createRandom(SEED);
const heldOutCities = cities();
const heldOutAntonyms = antonyms();
const heldOutRhymes = rhymes();
const heldOutNames = namePairs();

/** (city, relation) is in no two-hop sentence. */
export function isHeldOutCity(city: string, relation: Relation): boolean {
  return heldOutCities.has(`${city}|${relation}`);
}

/** The pair (index into ANTONYMS) is in no sentence whose two words are both of that language. */
export function isHeldOutAntonym(pair: number, language: Language): boolean {
  return heldOutAntonyms.has(`${pair}|${language}`);
}

/** No couplet has this first word and a last word of this category. */
export function isHeldOutRhyme(firstWord: string, category: RhymeCategory): boolean {
  return heldOutRhymes.has(`${firstWord}|${category}`);
}

/** The two people are in no sentence together. */
export function isHeldOutNamePair(one: string, other: string): boolean {
  return heldOutNames.has(namesKey(one, other));
}

function cities(): Set<string> {
  const held = new Set<string>();
  for (const place of ALL_PLACES) {
    const order = shuffled(random, place.cities);
    if (order.includes(DEMO_CITY)) order.unshift(...order.splice(order.indexOf(DEMO_CITY), 1));
    const count = Math.max(1, Math.round(order.length * HELD_OUT_CAPITAL_SHARE));
    for (const city of order.slice(0, count)) held.add(`${city}|capital`);
    for (const relation of place.facts.keys()) {
      if (relation !== 'capital') held.add(`${pick(random, place.cities)}|${relation}`);
    }
  }
  return held;
}

function antonyms(): Set<string> {
  const held = new Set<string>();
  ANTONYMS.forEach((_, pair) => {
    const language = pick(random, LANGUAGES);
    // The pair of the Biology paper's case study, small and big, is held out in French.
    if (pair === 0) held.add(`0|fr`);
    else if (chance(random, HELD_OUT_ANTONYM_SHARE)) held.add(`${pair}|${language}`);
  });
  return held;
}

function rhymes(): Set<string> {
  const held = new Set<string>();
  for (const family of RHYME_FAMILIES.values()) {
    for (const { word } of family) {
      const categories = new Set(family.filter(other => other.word !== word).map(other => other.category));
      for (const category of categories) {
        if (!chance(random, HELD_OUT_RHYME_SHARE)) continue;
        held.add(`${word}|${category}`);
        if (!allTrained(family, category, held)) held.delete(`${word}|${category}`);
      }
    }
  }
  return held;
}

/** Whether every word of the category still ends some couplet of its family. */
function allTrained(family: readonly RhymeWord[], category: RhymeCategory, held: ReadonlySet<string>): boolean {
  return family
    .filter(last => last.category === category)
    .every(last => family.some(first => first.word !== last.word && !held.has(`${first.word}|${category}`)));
}

function namePairs(): Set<string> {
  const held = new Set<string>([namesKey(...DEMO_NAMES)]);
  NAMES.forEach((one, i) => {
    for (const other of NAMES.slice(0, i)) {
      if (chance(random, HELD_OUT_NAMES_SHARE)) held.add(namesKey(one, other));
    }
  });
  return held;
}

function namesKey(one: string, other: string): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`;
}
