import { inLabel } from '../token-text.ts';
import { MARKED, truthAt, type LabelContext } from './label-context.ts';
import type { Examples } from './label-examples.ts';
import type { Fitting, Phrase, Rule } from './rule.ts';
import { commonest } from './word-counts.ts';

/** A list of fewer words needs no theme. */
const FEWEST_WORDS = 3;
/** A theme stands in so many of the texts with the list, and so many times oftener than elsewhere. */
const LEAST_SHARE = 0.2;
const LEAST_LIFT = 8;
/** Words of more texts than this are of the language, not of a theme. */
const MOST_FREQUENT = 0.01;
const FEWEST_TEXTS = 5;
/** Shorter words are of the language too, where letters have cases. */
const LONG_ENOUGH = /\p{L}{4}|\p{Lo}{2}/u;
/** On the choosing examples, which had no part in finding it, a theme may be somewhat rarer. */
const LEAST_SHARE_AGAIN = 0.15;

/**
 * What the words of a list have in common in the corpus: another word that often stands in the same text, as "Texas" does
 * with Lubbock, Waco and Abilene, and that goes with at least two of the three words that the label shows first.
 * Undefined without one. It is said beside the list and is no part of what is scored.
 */
export function themeOf(rule: Rule, fitting: Fitting, choosing: Examples): string | undefined {
  const [parts, ...alternatives] = rule.phrases;
  if (alternatives.length > 0) return undefined;
  for (const phrase of parts) {
    if ((phrase.role !== 'at' && phrase.role !== 'earlier') || phrase.words.length < FEWEST_WORDS) continue;
    const theme = themeOfList(phrase, fitting, choosing);
    if (theme !== undefined) return theme;
  }
  return undefined;
}

function themeOfList(phrase: Phrase, fitting: Fitting, choosing: Examples): string | undefined {
  const list = new Set(phrase.words);
  const texts = listedTexts(fitting.activating, phrase, list);
  if (texts.length < FEWEST_TEXTS) return undefined;
  const counts = new Map<string, { texts: number; with: Set<string>; written: Map<string, number> }>();
  for (const { context, listed } of texts) {
    const seen = new Set<string>();
    for (let i = context.first; i < context.words.length; i++) {
      const word = context.words[i];
      const others = [...listed].filter(one => one !== word);
      if (others.length === 0 || seen.has(word) || !LONG_ENOUGH.test(word)) continue;
      seen.add(word);
      let count = counts.get(word);
      if (count === undefined) counts.set(word, (count = { texts: 0, with: new Set(), written: new Map() }));
      count.texts++;
      for (const other of others) count.with.add(other);
      count.written.set(context.texts[i], (count.written.get(context.texts[i]) ?? 0) + 1);
    }
  }
  const shown = phrase.words.slice(0, FEWEST_WORDS);
  let best: { word: string; worth: number; text: string } | undefined;
  for (const [word, count] of counts) {
    const share = count.texts / texts.length;
    const frequency = fitting.frequency(word);
    const lift = share / Math.max(frequency, 1e-4);
    if (share < LEAST_SHARE || lift < LEAST_LIFT || frequency > MOST_FREQUENT) continue;
    if (count.with.size < FEWEST_WORDS) continue;
    if (shown.includes(word) || shown.filter(one => count.with.has(one)).length < 2) continue;
    const worth = share * Math.log2(lift);
    if (best === undefined || worth > best.worth) best = { word, worth, text: inLabel(commonest(count.written)) };
  }
  if (best === undefined) return undefined;
  const again = listedTexts(choosing.activating, phrase, list);
  const { word, text } = best;
  const share = again.filter(({ context }) => context.words.includes(word)).length / again.length;
  return share >= LEAST_SHARE_AGAIN ? text : undefined;
}

/** The texts in which a word of the list is what makes the feature fire, with those words. */
function listedTexts(contexts: readonly LabelContext[], { role }: Phrase, list: ReadonlySet<string>) {
  const found: { context: LabelContext; listed: Set<string> }[] = [];
  for (const context of contexts) {
    const { words, first, peak } = context;
    const listed = new Set<string>();
    for (let i = first; i < words.length; i++) {
      if (!list.has(words[i])) continue;
      if (role === 'at' ? truthAt(context, i) === MARKED : i < peak) listed.add(words[i]);
    }
    if (listed.size > 0) found.push({ context, listed });
  }
  return found;
}
