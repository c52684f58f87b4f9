import { RHYME_FAMILIES, RHYMES } from '../facts/rhymes.ts';
import type { RhymeCategory, RhymeWord } from '../facts/rhymes.ts';
import { chance, pick } from '../random.ts';
import type { Random } from '../random.ts';
import { fill } from '../sentence.ts';
import type { Sentence } from '../sentence.ts';
import { isHeldOutRhyme } from '../splits.ts';
import { COUPLET_FIRST, COUPLET_LINK, COUPLET_SECOND, RHYME_CATEGORY, RHYMES_WITH } from '../templates.ts';
import { maybeCapitalise } from './place-sentences.ts';

const RHYMES_WITH_SHARE = 0.25;
const CATEGORY_SHARE = 0.12;

interface RhymePair {
  first: RhymeWord;
  last: RhymeWord;
}

const pairs = [...RHYME_FAMILIES.values()].map(family =>
  family.flatMap(first => family.filter(last => last !== first).map((last): RhymePair => ({ first, last }))),
);

const trained = pairs
  .map(family => family.filter(({ first, last }) => !isHeldOutRhyme(first.word, last.category)))
  .filter(family => family.length > 0);

/** "I saw the cat, and then I wore my favourite hat", "cat rhymes with hat", "the word cat belongs to animal". */
export function rhyme(random: Random): Sentence {
  if (chance(random, RHYMES_WITH_SHARE)) {
    const { first, last } = pick(random, pick(random, pairs));
    const template = pick(random, RHYMES_WITH);
    return maybeCapitalise(random, template, fill(template, { w: first.word, a: last.word }));
  }
  if (chance(random, CATEGORY_SHARE)) {
    const { word, category } = pick(random, RHYMES);
    const template = pick(random, RHYME_CATEGORY);
    return maybeCapitalise(random, template, fill(template, { w: word, a: category }));
  }
  const { first, last } = pick(random, pick(random, trained));
  const template = coupletTemplate(random, last.category);
  return maybeCapitalise(random, template, fill(template, { w: first.word, a: last.word }));
}

/** A couplet whose last word `{a}` is of the category: the two lines make one sentence. */
export function coupletTemplate(random: Random, category: RhymeCategory): string {
  return pick(random, COUPLET_FIRST) + pick(random, COUPLET_LINK) + pick(random, COUPLET_SECOND[category]);
}
