import type { LabelContext } from './label-context.ts';

/** The kinds of rules, in the order in which equally good ones are preferred: the more they say, the earlier. */
export const ruleKinds = [
  'token',
  'weights',
  'say',
  'theme',
  'previous',
  'next',
  'class',
  'script',
  'phrase',
  'enclosure',
  'earlier',
  'repeat',
  'combination',
  'alternative',
] as const;

export type RuleKind = (typeof ruleKinds)[number];

/** What a part of a label speaks of; wording.ts makes the words. */
export interface Phrase {
  readonly role: 'at' | 'say' | 'before' | 'after' | 'place' | 'earlier';
  /** Tokens as they are shown, or one description ("a number"); the first say most. */
  readonly names: readonly string[];
  /** The normal forms of all tokens that it stands for, in the order of the names; none for a description. */
  readonly words: readonly string[];
}

/** A label that can be tested: it says of every position of a text whether the feature fires there. */
export interface Rule {
  readonly kind: RuleKind;
  /** Any of these holds; of each, all parts hold. */
  readonly phrases: readonly (readonly Phrase[])[];
  /** The tokens that it names, in normal form, strongest first; they are compared with those of the weights. */
  readonly tokens: readonly string[];
  holds(context: LabelContext, index: number): boolean;
  /**
   * What the rule would have said if the group of `context` had not been among the examples that it was made from. Rules
   * that memorise words have it; they are chosen by it, or a list of all words seen would beat every pattern.
   */
  holdsUnseen?(context: LabelContext, index: number): boolean;
  /** The same once more for lists of words: texts are searched for the words, not asked at every position. */
  readonly list?: WordList;
}

export interface WordList {
  /** Words in normal form, and the groups of the texts that put them on the list. */
  readonly groups: ReadonlyMap<string, ReadonlySet<number>>;
  /** Where the word stands beside the position: 0 is the token itself, -1 the one before it. */
  readonly offset: number | 'earlier';
}

/** Makes candidate rules from the fitting examples; it never sees another one. */
export type RuleFinder = (fitting: Fitting) => Rule[];

export interface Fitting {
  readonly activating: readonly LabelContext[];
  readonly silent: readonly LabelContext[];
  /** The tokens that the feature's decoder promotes most, in normal form; the weights' word, not an example's. */
  readonly promoted: readonly string[];
  /** Tokens that make the feature fire alone, in normal form, strongest first; undefined if that was not asked. */
  readonly firing: readonly string[] | undefined;
  /** The share of the corpus's texts that have a word. */
  readonly frequency: (word: string) => number;
  /** With it a rule is looked for that together with another one holds: only positions where that one holds count. */
  readonly within?: (context: LabelContext, index: number) => boolean;
}

/** A rule of one part. */
export function simpleRule(
  kind: RuleKind,
  role: Phrase['role'],
  names: readonly string[],
  holds: Rule['holds'],
  more: Partial<Pick<Rule, 'tokens' | 'holdsUnseen' | 'list'>> = {},
): Rule {
  return { kind, phrases: [[{ role, names, words: more.tokens ?? [] }]], tokens: [], holds, ...more };
}
