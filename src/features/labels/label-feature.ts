import { inLabel } from '../token-text.ts';
import { chooseRule } from './choose-rule.ts';
import { classRules } from './class-rules.ts';
import { earlierRules, enclosureRules, repeatRules } from './context-rules.ts';
import { ExampleSet } from './example-set.ts';
import { isClear, type FeatureLabel } from './feature-label.ts';
import type { Half } from './label-examples.ts';
import { phraseRules } from './phrase-rules.ts';
import { ruleKinds, type FittingHalf, type Rule, type RuleFinder } from './rule.ts';
import { nextRules, previousRules, themeRules, tokenRules, weightRules } from './token-rules.ts';
import { commonest } from './word-counts.ts';

const FINDERS: readonly RuleFinder[] = [
  tokenRules,
  weightRules,
  nextRules,
  themeRules,
  previousRules,
  classRules,
  phraseRules,
  enclosureRules,
  earlierRules,
  repeatRules,
];

/** Of the tokens that a rule names, so many are compared with the weights. */
const COMPARED_TOKENS = 10;

const READABLE_WORDS = 5;

/** What the weights say of a feature, in normal form (token-text.ts). */
export interface WeightWords {
  /** Most promoted first. */
  readonly promoted: readonly string[];
  /** Tokens that fire alone, strongest first; undefined if that was not asked. */
  readonly firing: readonly string[] | undefined;
}

/**
 * The automatic label of a feature, with no other model: simple rules are made from the fitting half, the best is chosen
 * on it, and its scores on the held-out half are given with it. After the rule cascade of field.md 6.3 and the
 * scorers of Delphi (detection, fuzzing).
 */
export function labelFeature(fitting: Half, heldOut: Half, weights: WeightWords): FeatureLabel {
  if (fitting.activating.length === 0) {
    return {
      text: 'never active',
      rule: 'none',
      detectionF1: null,
      fuzzing: null,
      sampleSize: 0,
      agreesWithWeights: null,
    };
  }
  const half: FittingHalf = { ...fitting, ...weights };
  const rules = FINDERS.flatMap(finder => finder(half)).sort((a, b) => rank(a) - rank(b));
  const rule = chooseRule(rules, new ExampleSet(fitting.activating, fitting.silent))!;
  const unseen = new ExampleSet(heldOut.activating, heldOut.silent);
  const { detectionF1, fuzzing } = unseen.scores(unseen.marks(rule, false));
  // Rounded before it is judged: what is shown as .60 is not called unclear.
  const scores = { detectionF1: hundredths(detectionF1), fuzzing: hundredths(fuzzing) };
  return {
    text: isClear(scores) ? rule.text : `${topToken(fitting)} (unclear)`,
    rule: rule.kind,
    ...scores,
    sampleSize: unseen.size,
    agreesWithWeights: agreement(rule, weights),
  };
}

/** The order of kinds, but a list of words too long to be read comes after a pattern that is as good. */
function rank(rule: Rule): number {
  const order = ruleKinds.indexOf(rule.kind);
  return rule.tokens.length > READABLE_WORDS ? Math.max(order, ruleKinds.indexOf('enclosure') + 0.5) : order;
}

function hundredths(score: number | null): number | null {
  return score === null ? null : Math.round(score * 100) / 100;
}

/** The token at which the feature peaks most often. */
function topToken(half: Half): string {
  const counts = new Map<string, number>();
  for (const { texts, peak } of half.activating) counts.set(texts[peak], (counts.get(texts[peak]) ?? 0) + 1);
  return inLabel(commonest(counts));
}

/** Whether at least half of the commonest tokens that the rule names are the weights' too. */
function agreement(rule: Rule, weights: WeightWords): boolean | null {
  const named = rule.tokens.slice(0, COMPARED_TOKENS);
  const known = rule.kind === 'token' ? weights.firing : rule.kind === 'say' ? weights.promoted : undefined;
  if (rule.kind === 'weights') return true;
  if (known === undefined || named.length === 0) return null;
  return 2 * named.filter(word => known.includes(word)).length >= named.length;
}
