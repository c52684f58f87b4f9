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
] as const;

export type RuleKind = (typeof ruleKinds)[number];

/** A label that can be tested: it says of every position of a text whether the feature fires there. */
export interface Rule {
  readonly kind: RuleKind;
  readonly text: string;
  /** The tokens that it names, in normal form, strongest first; they are compared with those of the weights. */
  readonly tokens: readonly string[];
  holds(context: LabelContext, index: number): boolean;
  /**
   * What the rule would have said if the group of `context` had not been among the examples that it was made from. Rules
   * that memorise words have it; they are chosen by it, or a list of all words seen would beat every pattern.
   */
  holdsUnseen?(context: LabelContext, index: number): boolean;
}

/** Makes candidate rules from the fitting half; it never sees another example. */
export type RuleFinder = (half: FittingHalf) => Rule[];

export interface FittingHalf {
  readonly activating: readonly LabelContext[];
  readonly silent: readonly LabelContext[];
  /** The tokens that the feature's decoder promotes most, in normal form; the weights' word, not an example's. */
  readonly promoted: readonly string[];
  /** Tokens that make the feature fire alone, in normal form, strongest first; undefined if that was not asked. */
  readonly firing: readonly string[] | undefined;
}
