import { listed } from '../token-text.ts';
import type { FittingHalf, Rule } from './rule.ts';
import { wordSetRule, wordSets, wordsAt, type CountedWord } from './word-counts.ts';

/** (a) The tokens on which the feature fires: "Dallas, Houston, Waco". */
export function tokenRules(half: FittingHalf): Rule[] {
  return wordSets(wordsAt(half, 0)).map(set => wordSetRule('token', names(set), set, 0));
}

/** The tokens that fire alone by the weights and a forward pass of each (weight-lens.ts). */
export function weightRules(half: FittingHalf): Rule[] {
  if (half.firing === undefined || half.firing.length === 0) return [];
  const firing = new Set(half.firing);
  const seen = wordsAt(half, 0).filter(({ word }) => firing.has(word));
  const text = seen.length > 0 ? names(seen) : listed(half.firing);
  return [{ kind: 'weights', text, tokens: half.firing, holds: ({ words }, index) => firing.has(words[index]) }];
}

/**
 * (b) The next tokens: "say Austin" if the feature's decoder promotes them, else "before Austin". The first rule takes
 * its words from the decoder alone; the text names those of them that really come next most often.
 */
export function nextRules(half: FittingHalf): Rule[] {
  const next = wordsAt(half, 1);
  const promoted = new Set(half.promoted);
  const rules: Rule[] = [];
  const promotedNext = next.filter(({ word }) => promoted.has(word));
  if (promotedNext.length > 0) {
    rules.push({
      kind: 'say',
      text: `say ${names(promotedNext)}`,
      tokens: promotedNext.map(({ word }) => word),
      holds: ({ words }, index) => promoted.has(words[index + 1]),
    });
  }
  for (const set of [...wordSets(promotedNext), ...wordSets(next)]) {
    const said = set.filter(({ word }) => promoted.has(word)).length * 2 >= set.length;
    rules.push(wordSetRule(said ? 'say' : 'next', `${said ? 'say' : 'before'} ${names(set)}`, set, 1));
  }
  return rules;
}

/** (c) The token before: "after of". */
export function previousRules(half: FittingHalf): Rule[] {
  return wordSets(wordsAt(half, -1)).map(set => wordSetRule('previous', `after ${names(set)}`, set, -1));
}

/** (g) The promoted tokens share a beginning of three letters or more: "say un…". */
export function themeRules(half: FittingHalf): Rule[] {
  const top = half.promoted.slice(0, 5);
  if (top.length < 3) return [];
  const stem = top.reduce(commonStart);
  if (!/^\p{L}{3,}/u.test(stem)) return [];
  const holds: Rule['holds'] = ({ words }, index) => index + 1 < words.length && words[index + 1].startsWith(stem);
  return [{ kind: 'theme', text: `say ${stem}…`, tokens: [], holds }];
}

/** The words that say most first: strong at marked positions, and rare elsewhere. */
function names(words: readonly CountedWord[]): string {
  const telling = ({ strength, marked, all }: CountedWord): number => (strength * marked) / all;
  return listed(words.toSorted((a, b) => telling(b) - telling(a)).map(({ text }) => text));
}

function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}
