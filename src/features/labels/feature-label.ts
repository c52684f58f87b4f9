import type { RuleKind } from './rule.ts';

/**
 * A feature's automatic label with what it is worth: both scores are of texts on which it was not fitted, drawn in
 * proportion to the feature's peak activation in them.
 */
export interface FeatureLabel {
  /** At most 40 characters; "X (unclear)" when a score is below .6. */
  readonly text: string;
  /** The kind of rule behind it; `none` for a feature that never fired. */
  readonly rule: RuleKind | 'none';
  /**
   * F1 of telling activating from non-activating texts. Two non-activating texts stand against each activating one, half
   * of them chosen to share its words: saying yes to everything scores .5. Null where too few were left to measure.
   */
  readonly detectionF1: number | null;
  /** Balanced accuracy of marking the tokens on which the feature fires among the tokens of activating texts. */
  readonly fuzzing: number | null;
  /** Held-out texts, activating and not. */
  readonly sampleSize: number;
  /** Whether the weights name the same tokens; null for rules that name none, or if the weights were not asked. */
  readonly agreesWithWeights: boolean | null;
}

/** Below this a label says "(unclear)". */
export const CLEAR_SCORE = 0.6;

/** True unless a score is missing or below `CLEAR_SCORE`. A feature of nearly every text has only the fuzzing score. */
export function isClear(label: Pick<FeatureLabel, 'detectionF1' | 'fuzzing'>): boolean {
  return label.fuzzing !== null && label.fuzzing >= CLEAR_SCORE && (label.detectionF1 ?? 1) >= CLEAR_SCORE;
}
