import { inLabel } from '../token-text.ts';
import { strongest } from './candidate.ts';
import { chooseRule } from './choose-rule.ts';
import { ExampleSet } from './example-set.ts';
import { isClear, type FeatureLabel } from './feature-label.ts';
import type { Examples, Parts } from './label-examples.ts';
import type { Rule } from './rule.ts';
import { themeOf } from './theme.ts';
import { commonest } from './word-counts.ts';
import { LABEL_CHARACTERS, worded } from './wording.ts';

/** Of the tokens that a rule names, so many are compared with the weights. */
const COMPARED_TOKENS = 10;

/** What the weights say of a feature, in normal form (token-text.ts). */
export interface WeightWords {
  /** Most promoted first. */
  readonly promoted: readonly string[];
  /** Tokens that fire alone, strongest first; undefined if that was not asked. */
  readonly firing: readonly string[] | undefined;
}

/**
 * The automatic label of a feature, with no other model: rules are made from the fitting examples, one is chosen on the
 * choosing ones, and its scores on the held-out ones, which had no part in either, are given with it. The scores
 * are the detection and fuzzing of Delphi (Paulo et al. 2024, EleutherAI/delphi).
 */
export function labelFeature({ fitting, choosing, heldOut, frequency }: Parts, weights: WeightWords): FeatureLabel {
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
  const known = { ...fitting, ...weights, frequency };
  const rule = chooseRule(known, choosing)!;
  const unseen = new ExampleSet(heldOut.activating, heldOut.silent);
  const { detectionF1, fuzzing } = unseen.scores(unseen.marks(rule, false));
  // Rounded before it is judged: what is shown as .60 is not called unclear.
  const scores = { detectionF1: hundredths(detectionF1), fuzzing: hundredths(fuzzing) };
  return {
    text: isClear(scores)
      ? worded(rule, themeOf(rule, known, choosing))
      : unclear(beatsChance(scores) ? rule : undefined, fitting),
    rule: rule.kind,
    ...scores,
    sampleSize: unseen.size,
    agreesWithWeights: agreement(rule, weights),
  };
}

function hundredths(score: number | null): number | null {
  return score === null ? null : Math.round(score * 100) / 100;
}

/** What a rule scores that says yes, or no, to everything. */
const CHANCE = 0.5;

function beatsChance({ detectionF1, fuzzing }: Pick<FeatureLabel, 'detectionF1' | 'fuzzing'>): boolean {
  return fuzzing !== null && fuzzing > CHANCE && (detectionF1 ?? 0) > CHANCE;
}

/** A rule that says something, but not enough, is named as it is; one that says nothing gives way to the top token. */
function unclear(rule: Rule | undefined, fitting: Examples): string {
  const mark = ' (unclear)';
  return (rule === undefined ? topToken(fitting) : worded(rule, undefined, LABEL_CHARACTERS - mark.length)) + mark;
}

/** The token at which the feature peaks most often where it is strongest. */
function topToken(fitting: Examples): string {
  const counts = new Map<string, number>();
  for (const { texts, peak } of strongest(fitting)) counts.set(texts[peak], (counts.get(texts[peak]) ?? 0) + 1);
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
