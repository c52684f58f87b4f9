import type { Scores } from './example-set.ts';
import type { LabelContext } from './label-context.ts';
import type { Fitting, Rule } from './rule.ts';

/** What each part of a rule beyond the first must be worth. */
export const PRICE_OF_A_PART = 0.03;
/** The strongest peaks are what a reader sees first of a feature. */
const STRONGEST = 10;

/** A rule with its scores on some examples. */
export interface Candidate {
  readonly rule: Rule;
  readonly f1: number;
  readonly fuzzing: number;
}

/** Quality, less what each part beyond the first must be worth: a short label is read, a long one is not. */
export function worth(one: Candidate): number {
  const parts = one.rule.phrases.reduce((sum, { length }) => sum + length, 0);
  return quality(one) - PRICE_OF_A_PART * (parts - 1);
}

/** The texts with the strongest peaks, each prefix once. */
export function strongest(fitting: Pick<Fitting, 'activating'>): LabelContext[] {
  const groups = new Set<number>();
  return fitting.activating
    .toSorted((a, b) => b.activations![b.peak] - a.activations![a.peak])
    .filter(({ group }) => !groups.has(group) && groups.add(group))
    .slice(0, STRONGEST);
}

export function shareOfPeaks(rule: Rule, contexts: readonly LabelContext[]): number {
  return contexts.filter(context => rule.holds(context, context.peak)).length / contexts.length;
}

export function quality({ f1, fuzzing }: Pick<Candidate, 'f1' | 'fuzzing'>): number {
  return (f1 + fuzzing) / 2;
}

/** A score that could not be measured takes no part: all rules have the same. */
export function candidate(rule: Rule, { detectionF1, fuzzing }: Scores): Candidate {
  return { rule, f1: detectionF1 ?? 1, fuzzing: fuzzing ?? 1 };
}
