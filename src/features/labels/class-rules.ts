import type { FittingHalf, Rule, RuleKind } from './rule.ts';
import type { LabelContext } from './label-context.ts';
import { wordsAt } from './word-counts.ts';

/** (d), (e) Classes of characters; the name is read as "number", "before a number", "after a number". */
const CLASSES: readonly {
  readonly kind: RuleKind;
  readonly name: string;
  readonly a: string;
  readonly test: RegExp;
}[] = [
  { kind: 'class', name: 'number', a: 'a number', test: /^[+-]?\p{Nd}+(?:[.,:]\p{Nd}+)*$/u },
  { kind: 'class', name: 'capitalised word', a: 'a capitalised word', test: /^\p{Lu}(?:\p{L}|['’.-])*$/u },
  { kind: 'class', name: 'word in capitals', a: 'a word in capitals', test: /^\p{Lu}{2,}$/u },
  { kind: 'class', name: 'word in small letters', a: 'a word in small letters', test: /^\p{Ll}+$/u },
  { kind: 'class', name: 'punctuation', a: 'punctuation', test: /^[\p{P}\p{S}]+$/u },
  { kind: 'class', name: 'newline', a: 'a newline', test: /[\n\r]/u },
  { kind: 'class', name: 'single letter', a: 'a single letter', test: /^\p{L}$/u },
  { kind: 'script', name: 'word with accents', a: 'a word with accents', test: /(?=\p{Script=Latin})\P{ASCII}/u },
  { kind: 'script', name: 'Cyrillic', a: 'Cyrillic', test: /\p{Script=Cyrillic}/u },
  { kind: 'script', name: 'Greek', a: 'Greek', test: /\p{Script=Greek}/u },
  { kind: 'script', name: 'Chinese characters', a: 'Chinese characters', test: /\p{Script=Han}/u },
  { kind: 'script', name: 'Japanese kana', a: 'Japanese kana', test: /[\p{Script=Hiragana}\p{Script=Katakana}]/u },
  { kind: 'script', name: 'Hangul', a: 'Hangul', test: /\p{Script=Hangul}/u },
  { kind: 'script', name: 'Arabic', a: 'Arabic', test: /\p{Script=Arabic}/u },
  { kind: 'script', name: 'Hebrew', a: 'Hebrew', test: /\p{Script=Hebrew}/u },
  { kind: 'script', name: 'Devanagari', a: 'Devanagari', test: /\p{Script=Devanagari}/u },
  { kind: 'script', name: 'Thai', a: 'Thai', test: /\p{Script=Thai}/u },
];

/** Only classes that hold at a third of the marked positions are worth scoring. */
const LEAST_SHARE = 1 / 3;
/** From this share of the tokens of a text, the text counts as written in a script. */
const SCRIPT_SHARE = 0.3;

/** (d) digits, capitals, punctuation, newline; (e) scripts: of the token, of its neighbours, of the text so far. */
export function classRules(half: FittingHalf): Rule[] {
  const rules: Rule[] = [];
  for (const [offset, phrase] of [
    [0, ''],
    [1, 'before '],
    [-1, 'after '],
  ] as const) {
    const words = wordsAt(half, offset);
    const total = words.reduce((sum, { marked }) => sum + marked, 0);
    for (const { kind, name, a, test } of CLASSES) {
      const share = words.reduce((sum, { text, marked }) => sum + (test.test(text) ? marked : 0), 0) / total;
      if (!(share >= LEAST_SHARE)) continue;
      rules.push({
        kind,
        text: phrase === '' ? name : phrase + a,
        tokens: [],
        holds: ({ texts }, index) =>
          index + offset >= 0 && index + offset < texts.length && test.test(texts[index + offset]),
      });
      if (kind === 'script' && offset === 0) {
        rules.push({
          kind,
          text: `text with ${a}`,
          tokens: [],
          holds: (context, index) => scriptSoFar(context, index, test),
        });
      }
    }
  }
  return [...rules, ...affixRules(half), ...positionRules(half)];
}

/** (d) A common ending or beginning of two to four letters of at least three different words: "word in -ing". */
function affixRules(half: FittingHalf): Rule[] {
  const words = wordsAt(half, 0).filter(({ word }) => /^\p{L}+$/u.test(word));
  const total = words.reduce((sum, { marked }) => sum + marked, 0);
  const rules: Rule[] = [];
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
        if (count.words < 3 || count.marked < 0.5 * total) continue;
        rules.push({
          kind: 'class',
          text: ending ? `word in -${affix}` : `word in ${affix}-`,
          tokens: [],
          holds({ words: at }, index) {
            const word = at[index];
            return word.length > length && (ending ? word.endsWith(affix) : word.startsWith(affix));
          },
        });
      }
    }
  }
  return rules;
}

/** (d) The position itself, when most peaks stand at one of the first four that count. */
function positionRules(half: FittingHalf): Rule[] {
  const names = ['first token', 'second token', 'third token', 'fourth token'];
  const counts = new Map<number, number>();
  for (const context of half.activating) {
    const ordinal = context.peak - context.first;
    if (context.start === 0 && ordinal < names.length) counts.set(ordinal, (counts.get(ordinal) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => 2 * count >= half.activating.length)
    .map(([ordinal]) => ({
      kind: 'class',
      text: names[ordinal],
      tokens: [],
      holds: (context, index) => context.start === 0 && index - context.first === ordinal,
    }));
}

function scriptSoFar({ texts, first }: LabelContext, index: number, test: RegExp): boolean {
  let count = 0;
  for (let i = first; i <= index; i++) if (test.test(texts[i])) count++;
  return count >= SCRIPT_SHARE * (index + 1 - first);
}
