import type { LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';
import { wordsAt } from './word-counts.ts';

/** Different words that an ending must have, and the share of the marked positions (or texts) that it must cover. */
const FEWEST_WORDS = 3;
const LEAST_SHARE = 0.4;

const PLACES = [
  { offset: 0, role: 'at', a: '' },
  { offset: 1, role: 'before', a: 'a ' },
  { offset: -1, role: 'after', a: 'a ' },
] as const;

/** (d) A common ending or beginning of two to four letters: "word in -ing", "before a word in -at". */
export function affixRules(fitting: Fitting): Rule[] {
  return PLACES.flatMap(({ offset, role, a }) => {
    const words = wordsAt(fitting, offset).filter(({ word }) => /^\p{L}+$/u.test(word));
    const total = words.reduce((sum, { marked }) => sum + marked, 0);
    return commonAffixes(words, total).map(({ name, has }) =>
      simpleRule('class', role, [a + name], ({ words: at }, index) => has(at[index + offset] ?? '')),
    );
  });
}

/** An ending that a word before the token has, as rhymes have: "with a word in -at earlier". */
export function earlierAffixRules(fitting: Fitting): Rule[] {
  const counts = new Map<string, number>();
  for (const { words, first, peak } of fitting.activating) {
    for (const word of new Set(words.slice(first, peak))) {
      if (/^\p{L}+$/u.test(word)) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  const words = [...counts].map(([word, marked]) => ({ word, marked }));
  // What words of many texts end in is their own, not the feature's: "-he" of "the".
  const rare = words.filter(({ marked }) => marked < 0.2 * fitting.activating.length);
  return commonAffixes(rare, fitting.activating.length)
    .filter(({ ending }) => ending)
    .map(({ name, has }) =>
      simpleRule('class', 'earlier', [`a ${name}`], ({ words: at }, index) => {
        for (let i = 0; i < index; i++) if (has(at[i])) return true;
        return false;
      }),
    );
}

interface Affix {
  readonly name: string;
  readonly ending: boolean;
  readonly has: (word: LabelContext['words'][number]) => boolean;
}

function commonAffixes(words: readonly { readonly word: string; readonly marked: number }[], total: number): Affix[] {
  const found: Affix[] = [];
  for (const ending of [true, false]) {
    for (const length of [4, 3, 2]) {
      const counts = new Map<string, { marked: number; words: number }>();
      for (const { word, marked } of words) {
        if (word.length <= length) continue;
        const affix = ending ? word.slice(-length) : word.slice(0, length);
        const count = counts.get(affix) ?? { marked: 0, words: 0 };
        counts.set(affix, { marked: count.marked + marked, words: count.words + 1 });
      }
      for (const [affix, count] of counts) {
        if (count.words < FEWEST_WORDS || count.marked < LEAST_SHARE * total) continue;
        found.push({
          name: ending ? `word in -${affix}` : `word in ${affix}-`,
          ending,
          has: word => word.length > length && (ending ? word.endsWith(affix) : word.startsWith(affix)),
        });
      }
    }
  }
  return found;
}
