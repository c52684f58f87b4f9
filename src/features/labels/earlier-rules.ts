import { inLabel } from '../token-text.ts';
import { MARKED, SILENT, truthAt, type LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';
import { compare, isOwedToOthers } from './word-counts.ts';

/** Sizes of the word sets that are tried. */
const SET_SIZES = [1, 2, 4, 8, 16, 32];

/**
 * Words that stood earlier in the text ("Dallas, Houston earlier"): chosen one after the other so that each covers as
 * many activating texts, less the silent ones, as it can. Beside another rule ("is with Dallas, Houston earlier") the
 * places where that one holds and the feature is silent count as silent texts do.
 */
export function earlierRules(fitting: Fitting): Rule[] {
  const { activating, silent, within } = fitting;
  const places: { context: LabelContext; index: number }[] = [];
  const against: Set<string>[] = [];
  for (const context of activating) {
    const index = within === undefined ? context.peak : marked(context, within);
    if (index >= 0) places.push({ context, index });
    const quiet = within === undefined ? -1 : lastSilent(context, within);
    if (quiet >= 0) against.push(wordsBefore(context, quiet));
  }
  for (const context of silent) {
    const quiet = within === undefined ? context.words.length - 1 : lastSilent(context, within);
    if (quiet >= 0) against.push(wordsBefore(context, quiet));
  }

  const texts = new Map<string, string>();
  const groups = new Map<string, Set<number>>();
  for (const { context, index } of places) {
    for (let i = context.first; i < index; i++) {
      const word = context.words[i];
      if (!texts.has(word)) texts.set(word, context.texts[i]);
      let of = groups.get(word);
      if (of === undefined) groups.set(word, (of = new Set()));
      of.add(context.group);
    }
  }
  const order = coveringWords(
    places.map(({ context, index }) => wordsBefore(context, index)),
    against,
    SET_SIZES[SET_SIZES.length - 1],
  );
  return [...SET_SIZES.filter(size => size < order.length), order.length]
    .filter(size => size > 0)
    .map(size => earlierRule(order.slice(0, size), texts, groups));
}

/** Words one after the other, each the one in most of `wanted` less `against`, without the sets with an earlier one. */
function coveringWords(wanted: readonly Set<string>[], against: readonly Set<string>[], most: number): string[] {
  const gain = new Map<string, number>();
  for (const words of wanted) for (const word of words) gain.set(word, (gain.get(word) ?? 0) + 1);
  const open = new Set<Set<string>>(wanted);
  for (const words of against) {
    open.add(words);
    for (const word of words) {
      const value = gain.get(word);
      if (value !== undefined) gain.set(word, value - 1);
    }
  }
  const isWanted = new Set(wanted);
  const chosen: string[] = [];
  while (chosen.length < most) {
    let best: string | undefined;
    let bestGain = 0;
    for (const [word, value] of gain) {
      if (value > bestGain || (best !== undefined && value === bestGain && compare(word, best) < 0)) {
        best = word;
        bestGain = value;
      }
    }
    if (best === undefined) break;
    chosen.push(best);
    for (const words of open) {
      if (!words.has(best)) continue;
      open.delete(words);
      const change = isWanted.has(words) ? -1 : 1;
      for (const word of words) {
        const value = gain.get(word);
        if (value !== undefined) gain.set(word, value + change);
      }
    }
  }
  return chosen;
}

function earlierRule(
  words: readonly string[],
  texts: ReadonlyMap<string, string>,
  groups: ReadonlyMap<string, ReadonlySet<number>>,
): Rule {
  const set = new Set(words);
  const byUse = words.toSorted((a, b) => groups.get(b)!.size - groups.get(a)!.size || compare(a, b));
  const shown = byUse.map(word => inLabel(texts.get(word) ?? word));
  return simpleRule('earlier', 'earlier', shown, afterFirst(set.has.bind(set)), {
    tokens: byUse,
    list: { groups: new Map(words.map(word => [word, groups.get(word)!])), offset: 'earlier' },
    holdsUnseen: afterFirst((word, context) => set.has(word) && isOwedToOthers(groups.get(word), context)),
  });
}

/** The strongest marked place where the other rule holds, or -1. */
function marked(context: LabelContext, within: NonNullable<Fitting['within']>): number {
  let best = -1;
  for (let i = context.first; i < context.words.length; i++) {
    if (truthAt(context, i) !== MARKED || !within(context, i)) continue;
    if (best < 0 || context.activations![i] > context.activations![best]) best = i;
  }
  return best;
}

function lastSilent(context: LabelContext, within: NonNullable<Fitting['within']>): number {
  let i = context.words.length - 1;
  while (i >= context.first && !(truthAt(context, i) === SILENT && within(context, i))) i--;
  return i < context.first ? -1 : i;
}

/** Holds after the first word of which `test` is true; positions of one text are asked one after the other. */
function afterFirst(test: (word: string, context: LabelContext) => boolean): Rule['holds'] {
  let asked: LabelContext | undefined;
  let first = Infinity;
  return (context, index) => {
    if (context !== asked) {
      asked = context;
      const from = context.words.slice(context.first).findIndex(word => test(word, context));
      first = from < 0 ? Infinity : context.first + from;
    }
    return index > first;
  };
}

function wordsBefore({ words, first }: LabelContext, index: number): Set<string> {
  return new Set(words.slice(first, Math.max(first, index)));
}
