import { isClear, type FeatureLabel } from './labels/feature-label.ts';
import { ruleKinds, type RuleKind } from './labels/rule.ts';

/** What the labels of a layer, or of a whole index, are worth. */
export interface LabelSummary {
  /** Features with a label, without those that never fired. */
  readonly labelled: number;
  readonly neverFired: number;
  /** Labels that pass on held-out examples. */
  readonly clear: number;
  /** Means over the labels with that score; null without any. */
  readonly meanF1: number | null;
  readonly meanFuzzing: number | null;
  /** Mean length in characters, and the longest. */
  readonly meanLength: number | null;
  readonly longest: number;
  /** Clear labels by the rule behind them, without kinds that have none. */
  readonly rules: Readonly<Partial<Record<RuleKind, number>>>;
}

export function summarizeLabels(labels: readonly FeatureLabel[]): LabelSummary {
  const labelled = labels.filter(({ rule }) => rule !== 'none');
  const clear = labelled.filter(isClear);
  const counts = ruleKinds.map(kind => [kind, clear.filter(({ rule }) => rule === kind).length] as const);
  const lengths = labelled.map(({ text }) => text.length);
  return {
    labelled: labelled.length,
    neverFired: labels.length - labelled.length,
    clear: clear.length,
    meanF1: mean(labelled.map(({ detectionF1 }) => detectionF1)),
    meanFuzzing: mean(labelled.map(({ fuzzing }) => fuzzing)),
    meanLength: mean(lengths),
    longest: Math.max(0, ...lengths),
    rules: Object.fromEntries(counts.filter(([, count]) => count > 0)),
  };
}

function mean(values: readonly (number | null)[]): number | null {
  const known = values.filter(value => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
