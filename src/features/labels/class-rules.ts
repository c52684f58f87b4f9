import type { LabelContext } from './label-context.ts';
import { simpleRule, type Fitting, type Rule, type RuleKind } from './rule.ts';
import { wordsAt } from './word-counts.ts';

/** (d), (e) Classes of characters; the name is read as "number", "before a number", "after a number". */
const CLASSES: readonly {
  readonly kind: RuleKind;
  readonly name: string;
  readonly a: string;
  readonly test: RegExp;
}[] = [
  { kind: 'class', name: 'year', a: 'a year', test: /^1\d{3}$|^20\d{2}$/ },
  { kind: 'class', name: 'number', a: 'a number', test: /^[+-]?\p{Nd}+(?:[.,:]\p{Nd}+)*$/u },
  { kind: 'class', name: 'capitalised word', a: 'upper case', test: /^\p{Lu}(?:\p{L}|['’.-])*$/u },
  { kind: 'class', name: 'two capitals', a: 'two capitals', test: /^\p{Lu}{2}$/u },
  { kind: 'class', name: 'word in capitals', a: 'a word in capitals', test: /^\p{Lu}{2,}$/u },
  { kind: 'class', name: 'lower-case word', a: 'lower case', test: /^\p{Ll}+$/u },
  { kind: 'class', name: 'punctuation', a: 'punctuation', test: /^[\p{P}\p{S}]+$/u },
  { kind: 'class', name: 'line break', a: 'a line break', test: /[\n\r]/u },
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

const PLACES = [
  { offset: 0, role: 'at' },
  { offset: 1, role: 'before' },
  { offset: -1, role: 'after' },
] as const;

/** (d) digits, capitals, punctuation, line breaks; (e) scripts: of the token, of its neighbours, of the text so far. */
export function classRules(fitting: Fitting): Rule[] {
  const rules: Rule[] = [];
  for (const { offset, role } of PLACES) {
    const words = wordsAt(fitting, offset);
    const total = words.reduce((sum, { marked }) => sum + marked, 0);
    for (const { kind, name, a, test } of CLASSES) {
      const share = words.reduce((sum, { text, marked }) => sum + (test.test(text) ? marked : 0), 0) / total;
      if (!(share >= LEAST_SHARE)) continue;
      rules.push(
        simpleRule(kind, role, [offset === 0 ? name : a], ({ texts }, index) => {
          const at = index + offset;
          return at >= 0 && at < texts.length && test.test(texts[at]);
        }),
      );
      if (kind === 'script' && offset === 0) {
        rules.push(
          simpleRule(kind, 'place', [`in text with ${a}`], (context, index) => scriptSoFar(context, index, test)),
        );
      }
    }
  }
  return rules;
}

/** (d) The position itself, when most peaks stand at one of the first four that count. */
export function positionRules(fitting: Fitting): Rule[] {
  const names = ['first token', 'second token', 'third token', 'fourth token'];
  const counts = new Map<number, number>();
  for (const context of fitting.activating) {
    const ordinal = context.peak - context.first;
    if (context.start === 0 && ordinal < names.length) counts.set(ordinal, (counts.get(ordinal) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => 2 * count >= fitting.activating.length)
    .map(([ordinal]) => {
      const holds: Rule['holds'] = (context, index) => context.start === 0 && index - context.first === ordinal;
      return simpleRule('class', 'at', [names[ordinal]], holds);
    });
}

function scriptSoFar({ texts, first }: LabelContext, index: number, test: RegExp): boolean {
  let count = 0;
  for (let i = first; i <= index; i++) if (test.test(texts[i])) count++;
  return count >= SCRIPT_SHARE * (index + 1 - first);
}
