import { inLabel, printable } from '../token-text.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';
import { wordSetRule, wordSets, wordsAt, type CountedWord } from './word-counts.ts';

/** (a) The tokens on which the feature fires: "Dallas, Houston, Waco". */
export function tokenRules(fitting: Fitting): Rule[] {
  return wordSets(wordsAt(fitting, 0)).map(set => wordSetRule('token', 'at', tellingFirst(set), 0));
}

/** The tokens that fire alone by the weights and a forward pass of each (weight-lens.ts). */
export function weightRules(fitting: Fitting): Rule[] {
  if (fitting.firing === undefined || fitting.firing.length === 0) return [];
  const firing = new Set(fitting.firing);
  const seen = tellingFirst(wordsAt(fitting, 0).filter(({ word }) => firing.has(word)));
  const names = seen.length > 0 ? seen.map(({ text }) => inLabel(text)) : fitting.firing.map(inLabel);
  const tokens = [...new Set([...seen.map(({ word }) => word), ...fitting.firing])];
  return [simpleRule('weights', 'at', names, ({ words }, index) => firing.has(words[index]), { tokens })];
}

/**
 * (b) The next tokens: "say Austin" if the feature's decoder promotes them, else "before Austin". The first rule takes
 * its words from the decoder alone; the text names those of them that really come next most often.
 */
export function nextRules(fitting: Fitting): Rule[] {
  const next = wordsAt(fitting, 1);
  const promoted = new Set(fitting.promoted);
  const rules: Rule[] = [];
  const promotedNext = next.filter(({ word }) => promoted.has(word));
  if (promotedNext.length > 0) {
    const named = tellingFirst(promotedNext);
    rules.push(
      simpleRule(
        'say',
        'say',
        named.map(({ text }) => inLabel(text)),
        ({ words }, index) => promoted.has(words[index + 1]),
        { tokens: named.map(({ word }) => word) },
      ),
    );
  }
  for (const set of [...wordSets(promotedNext), ...wordSets(next)]) {
    const strength = (words: readonly CountedWord[]): number => words.reduce((sum, word) => sum + word.strength, 0);
    const saying = set.filter(({ word }) => promoted.has(word));
    const others = set.filter(({ word }) => !promoted.has(word));
    if (2 * strength(saying) >= strength(set)) {
      rules.push(wordSetRule('say', 'say', [...tellingFirst(saying), ...tellingFirst(others)], 1));
    } else rules.push(wordSetRule('next', 'before', tellingFirst(set), 1));
  }
  return rules;
}

/** (c) The token before: "after of". */
export function previousRules(fitting: Fitting): Rule[] {
  return wordSets(wordsAt(fitting, -1)).map(set => wordSetRule('previous', 'after', tellingFirst(set), -1));
}

/** (g) The promoted tokens share a beginning of three letters or more: "say un…". */
export function themeRules(fitting: Fitting): Rule[] {
  const top = fitting.promoted.slice(0, 5);
  if (top.length < 3) return [];
  const stem = top.reduce(commonStart);
  if (!/^\p{L}{3,}/u.test(stem)) return [];
  const holds: Rule['holds'] = ({ words }, index) => index + 1 < words.length && words[index + 1].startsWith(stem);
  return [simpleRule('theme', 'say', [`${printable(stem)}…`], holds)];
}

/** The words that say most first: on which the feature fires strongly, and seldom not; rare ones last. */
function tellingFirst(words: readonly CountedWord[]): CountedWord[] {
  const telling = ({ strength, marked, all }: CountedWord): number => (strength / all) * Math.log2(1 + marked);
  return words.toSorted((a, b) => telling(b) - telling(a));
}

function commonStart(a: string, b: string): string {
  let end = 0;
  while (end < a.length && a[end] === b[end]) end++;
  return a.slice(0, end);
}
