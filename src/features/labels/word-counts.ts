import { inLabel } from '../token-text.ts';
import { MARKED, SILENT, truthAt, type LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Phrase, type Rule, type RuleKind } from './rule.ts';

/** A word at some offset from positions on which the feature fires. */
export interface CountedWord {
  readonly word: string;
  /** Its commonest written form. */
  readonly text: string;
  /** The sum of the activations at marked positions with the word at the offset. */
  readonly strength: number;
  /** Marked positions with the word at the offset. */
  readonly marked: number;
  /** Marked and silent positions with the word at the offset. */
  readonly all: number;
  /** The groups (label-context.ts) of the texts with the marked positions. */
  readonly groups: ReadonlySet<number>;
}

/**
 * The words at `offset` (0 the token itself, -1 the one before, 1 the next), by the sum of the activations that
 * stand with it. The positions at the beginning that do not count (the special token) are no words.
 */
export function wordsAt(fitting: Fitting, offset: number): readonly CountedWord[] {
  let known = counted.get(fitting);
  if (known === undefined) counted.set(fitting, (known = new Map<number, readonly CountedWord[]>()));
  let words = known.get(offset);
  if (words === undefined) known.set(offset, (words = countWords(fitting, offset)));
  return words;
}

/** Several finders ask for the same counts. */
const counted = new WeakMap<Fitting, Map<number, readonly CountedWord[]>>();

function countWords(fitting: Fitting, offset: number): CountedWord[] {
  const { within } = fitting;
  const counts = new Map<
    string,
    { strength: number; marked: number; all: number; texts: Map<string, number>; groups: Set<number> }
  >();
  for (const context of [...fitting.activating, ...fitting.silent]) {
    for (let i = context.first; i < context.words.length; i++) {
      const word = context.words[i + offset] as string | undefined;
      if (word === undefined || i + offset < context.first) continue;
      if (within?.(context, i) === false) continue;
      const truth = truthAt(context, i);
      if (truth !== MARKED && truth !== SILENT) continue;
      let count = counts.get(word);
      if (count === undefined)
        counts.set(word, (count = { strength: 0, marked: 0, all: 0, texts: new Map(), groups: new Set() }));
      count.all++;
      if (truth !== MARKED) continue;
      count.marked++;
      count.strength += context.activations![i];
      count.groups.add(context.group);
      const text = context.texts[i + offset];
      count.texts.set(text, (count.texts.get(text) ?? 0) + 1);
    }
  }
  return [...counts]
    .filter(([, count]) => count.marked > 0)
    .map(([word, { texts, ...count }]) => ({ word, text: commonest(texts), ...count }))
    .sort((a, b) => b.strength - a.strength || compare(a.word, b.word));
}

/**
 * Sets worth trying of `words` (strongest first): those on which the feature fires more often than not, the first that
 * cover 80 and 60 % of its activation, the first alone.
 */
export function wordSets(words: readonly CountedWord[]): CountedWord[][] {
  const sets = [
    words.filter(({ marked, all }) => 2 * marked >= all),
    covering(words, 0.8),
    covering(words, 0.6),
    words.slice(0, 1),
  ];
  const seen = new Set<string>();
  return sets.filter(set => {
    const name = set.map(({ word }) => word).join('\n');
    return set.length > 0 && !seen.has(name) && seen.add(name);
  });
}

/** "The word at `offset` is one of these"; they are named in this order. */
export function wordSetRule(kind: RuleKind, role: Phrase['role'], words: readonly CountedWord[], offset: number): Rule {
  const groups = new Map(words.map(({ word, groups: of }) => [word, of]));
  const names = words.map(({ text }) => inLabel(text));
  return simpleRule(kind, role, names, (context, index) => groups.has(context.words[index + offset]), {
    tokens: words.map(({ word }) => word),
    list: { groups, offset },
    holdsUnseen: (context, index) => isOwedToOthers(groups.get(context.words[index + offset]), context),
  });
}

/** True if a text of another group than that of `context` is among `groups`. */
export function isOwedToOthers(groups: ReadonlySet<number> | undefined, context: LabelContext): boolean {
  return groups !== undefined && groups.size > (groups.has(context.group) ? 1 : 0);
}

function covering(words: readonly CountedWord[], share: number): CountedWord[] {
  const total = words.reduce((sum, { strength }) => sum + strength, 0);
  let covered = 0;
  const end = words.findIndex(({ strength }) => (covered += strength) >= share * total);
  return words.slice(0, end + 1);
}

export function commonest(counts: ReadonlyMap<string, number>): string {
  return [...counts].reduce((best, entry) =>
    entry[1] > best[1] || (entry[1] === best[1] && compare(entry[0], best[0]) < 0) ? entry : best,
  )[0];
}

/** By UTF-16 code units: the same on every machine, whatever its language. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
