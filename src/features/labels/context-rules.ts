import { listed } from '../token-text.ts';
import type { LabelContext } from './label-context.ts';
import type { FittingHalf, Rule } from './rule.ts';
import { compare, isOwedToOthers } from './word-counts.ts';

const PAIRS = [
  { name: 'quotes', open: /["“«„]/u, close: /["”»“]/u },
  { name: 'parentheses', open: /\(/u, close: /\)/u },
  { name: 'brackets', open: /[[{]/u, close: /[\]}]/u },
  { name: 'code', open: /`/u, close: /`/u },
] as const;

/** (h) Between an opening mark and its closing one; the marks themselves are outside. */
export function enclosureRules(half: FittingHalf): Rule[] {
  return PAIRS.filter(({ open }) => half.activating.some(({ texts }) => texts.some(text => open.test(text)))).map(
    ({ name, open, close }) => ({
      kind: 'enclosure',
      text: `inside ${name}`,
      tokens: [],
      holds({ texts }, index) {
        let inside = false;
        for (let i = 0; i < index; i++) inside = inside ? !close.test(texts[i]) : open.test(texts[i]);
        return inside && !close.test(texts[index]);
      },
    }),
  );
}

/** The token, or the one after it, has stood in the text before. */
export function repeatRules(): Rule[] {
  return [
    {
      kind: 'repeat',
      text: 'repeats an earlier token',
      tokens: [],
      holds: (context, index) => isRepeat(context, index),
    },
    {
      kind: 'repeat',
      text: 'before a token that repeats an earlier one',
      tokens: [],
      holds: (context, index) => index + 1 < context.words.length && isRepeat(context, index + 1),
    },
  ];
}

function isRepeat({ words }: LabelContext, index: number): boolean {
  return /\p{L}/u.test(words[index]) && words.indexOf(words[index]) < index;
}

/** Sizes of the word sets that are tried. */
const SET_SIZES = [1, 2, 4, 8, 16, 32];

/**
 * Words that stood earlier in the text ("Dallas, Houston earlier"): chosen one after the other so that each covers as
 * many activating texts, less the silent ones, as it can.
 */
export function earlierRules(half: FittingHalf): Rule[] {
  const activating = half.activating.map(context => wordsBefore(context, context.peak));
  const silent = half.silent.map(context => wordsBefore(context, context.words.length - 1));
  const texts = new Map<string, string>();
  for (const { words, texts: written, peak } of half.activating) {
    for (let i = 0; i < peak; i++) if (!texts.has(words[i])) texts.set(words[i], written[i]);
  }
  const groups = new Map<string, Set<number>>();
  for (const [i, before] of activating.entries()) {
    for (const word of before) groups.set(word, (groups.get(word) ?? new Set()).add(half.activating[i].group));
  }

  const chosen: string[] = [];
  const rules: Rule[] = [];
  const open = { activating, silent };
  while (chosen.length < SET_SIZES[SET_SIZES.length - 1]) {
    const best = mostUseful(open);
    if (best === undefined) break;
    chosen.push(best);
    open.activating = open.activating.filter(before => !before.has(best));
    open.silent = open.silent.filter(before => !before.has(best));
    if (SET_SIZES.includes(chosen.length)) rules.push(earlierRule(chosen.slice(), texts, groups));
  }
  if (chosen.length > 0 && !SET_SIZES.includes(chosen.length)) rules.push(earlierRule(chosen, texts, groups));
  return rules;
}

function mostUseful(open: { activating: Set<string>[]; silent: Set<string>[] }): string | undefined {
  const gain = new Map<string, number>();
  for (const before of open.activating) for (const word of before) gain.set(word, (gain.get(word) ?? 0) + 1);
  for (const before of open.silent) for (const word of before) if (gain.has(word)) gain.set(word, gain.get(word)! - 1);
  let best: string | undefined;
  for (const [word, value] of gain) {
    const bestValue = best === undefined ? 0 : gain.get(best)!;
    if (value > bestValue || (best !== undefined && value === bestValue && compare(word, best) < 0)) best = word;
  }
  return best;
}

function earlierRule(
  words: readonly string[],
  texts: ReadonlyMap<string, string>,
  groups: ReadonlyMap<string, ReadonlySet<number>>,
): Rule {
  const set = new Set(words);
  const byUse = words.toSorted((a, b) => groups.get(b)!.size - groups.get(a)!.size || compare(a, b));
  return {
    kind: 'earlier',
    text: `${listed(byUse.map(word => texts.get(word) ?? word))} earlier`,
    tokens: [],
    holds: (context, index) => someBefore(context, index, word => set.has(word)),
    holdsUnseen: (context, index) =>
      someBefore(context, index, word => set.has(word) && isOwedToOthers(groups.get(word), context)),
  };
}

function someBefore({ words }: LabelContext, index: number, test: (word: string) => boolean): boolean {
  for (let i = 0; i < index; i++) if (test(words[i])) return true;
  return false;
}

function wordsBefore({ words }: LabelContext, index: number): Set<string> {
  return new Set(words.slice(0, Math.max(0, index)));
}
