import { printable } from '../token-text.ts';
import type { LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule } from './rule.ts';
import { commonest } from './word-counts.ts';

/** How far from the peak a phrase may reach. */
const BEFORE = 5;
const AFTER = 2;
/** A phrase must stand around this share of the peaks; a word of a pattern with gaps around this one. */
const PHRASE_SHARE = 0.5;
const PATTERN_SHARE = 0.8;
const MOST_PHRASES = 8;

/**
 * (f) Common phrases around the peak, the commonest and the longest, and the pattern of words that most peaks share:
 * "capital of … is".
 */
export function phraseRules(fitting: Fitting): Rule[] {
  const found: { rule: Rule; length: number; count: number; after: boolean }[] = [];
  for (let from = -BEFORE; from <= 0; from++) {
    for (let to = Math.max(from + 1, -1); to <= AFTER; to++) {
      const counts = new Map<string, number>();
      for (const context of fitting.activating) {
        const phrase = phraseAt(context, context.peak, from, to);
        if (phrase !== undefined) counts.set(phrase, (counts.get(phrase) ?? 0) + 1);
      }
      if (counts.size === 0) continue;
      const phrase = commonest(counts);
      const count = counts.get(phrase)!;
      if (count < PHRASE_SHARE * fitting.activating.length) continue;
      const words = phrase.split('\0');
      const offsets = words.map((_, i) => from + i);
      found.push({ rule: patternRule(fitting, offsets, words), length: words.length, count, after: to > 0 });
    }
  }
  // The shorter of two that are equally good says what matters; words before the token cause, words after it do not.
  found.sort((a, b) => Number(a.after) - Number(b.after) || a.length - b.length || b.count - a.count);
  const commonestOnes = new Set(found.toSorted((a, b) => b.count - a.count).slice(0, MOST_PHRASES / 2));
  const longest = new Set(found.toSorted((a, b) => b.length - a.length).slice(0, MOST_PHRASES / 2));
  const kept = found.filter(phrase => commonestOnes.has(phrase) || longest.has(phrase));
  return [...kept.map(({ rule }) => rule), ...gappedPattern(fitting)];
}

/** The words that stand at fixed offsets from most peaks; a pattern only if there is a gap between them. */
function gappedPattern(fitting: Fitting): Rule[] {
  const offsets: number[] = [];
  const words: string[] = [];
  for (let offset = -BEFORE; offset <= AFTER; offset++) {
    const counts = new Map<string, number>();
    for (const { words: at, peak, first } of fitting.activating) {
      const word = at[peak + offset] as string | undefined;
      if (word !== undefined && peak + offset >= first) counts.set(word, (counts.get(word) ?? 0) + 1);
    }
    if (counts.size === 0) continue;
    const word = commonest(counts);
    if (counts.get(word)! < PATTERN_SHARE * fitting.activating.length) continue;
    offsets.push(offset);
    words.push(word);
  }
  if (offsets.length < 2 || offsets[offsets.length - 1] - offsets[0] === offsets.length - 1) return [];
  return [patternRule(fitting, offsets, words)];
}

/** "At each of `offsets` from the token stands the word"; the text marks the token itself: "capital of «the» state",
 * or says "after capital of". */
function patternRule(fitting: Fitting, offsets: readonly number[], words: readonly string[]): Rule {
  const holds: Rule['holds'] = (context, index) =>
    offsets.every((offset, i) => context.words[index + offset] === words[i]);
  const example = fitting.activating.find(context => holds(context, context.peak));
  const shown: string[] = [];
  for (let offset = Math.min(0, offsets[0]); offset <= Math.max(0, offsets[offsets.length - 1]); offset++) {
    const fixed = offsets.includes(offset);
    const text = fixed && example !== undefined ? printable(example.texts[example.peak + offset]) : '…';
    if (offset === 0) shown.push(`«${text}»`);
    else if (fixed || shown.at(-1) !== '…') shown.push(text);
  }
  const before = offsets[offsets.length - 1] === -1 && offsets.length === -offsets[0];
  return before
    ? simpleRule('phrase', 'after', [shown.slice(0, -1).join(' ')], holds)
    : simpleRule('phrase', 'place', [shown.join(' ')], holds);
}

function phraseAt(context: LabelContext, index: number, from: number, to: number): string | undefined {
  if (index + from < context.first || index + to >= context.words.length) return undefined;
  return context.words.slice(index + from, index + to + 1).join('\0');
}
