import { RHYME_FAMILIES } from '../facts/rhymes.ts';
import { coupletTemplate } from '../kinds/rhyme-sentences.ts';
import { createRandom } from '../random.ts';
import { promptOf } from '../sentence.ts';
import { isHeldOutRhyme } from '../splits.ts';
import type { RhymeItem } from './item.ts';

const SEED = 5;

/** Every (first word, category) that a couplet can have; every other word of the family and category is accepted. */
export function rhymeItems(): Record<string, RhymeItem[]> {
  const random = createRandom(SEED);
  const sets: Record<string, RhymeItem[]> = { rhyme_train: [], rhyme_heldout: [] };
  for (const [family, words] of RHYME_FAMILIES) {
    for (const { word } of words) {
      const others = words.filter(other => other.word !== word);
      for (const category of new Set(others.map(other => other.category))) {
        const heldOut = isHeldOutRhyme(word, category);
        const accepted = others.filter(other => other.category === category).map(other => ` ${other.word}`);
        const prompt = promptOf(coupletTemplate(random, category), { w: word });
        const set = heldOut ? sets.rhyme_heldout : sets.rhyme_train;
        set.push({ kind: 'rhyme', prompt, accepted, word, family, category, heldOut });
      }
    }
  }
  return sets;
}
