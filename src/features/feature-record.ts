import type { FeatureLabel } from './labels/feature-label.ts';

/**
 * One feature in the published `features/` layout (the keys are the files' own). Other readers rely on `index` and
 * `examples_quantiles`; the rest may be missing in files made elsewhere.
 */
export interface FeatureRecord {
  readonly transcoder_id?: string;
  /** The Cantor pair of layer and feature (`publishedIndex`); some files hold the feature's number alone. */
  readonly index: number;
  /** The first group holds the top activating examples, the others samples of lower activations. */
  readonly examples_quantiles: readonly ExampleGroup[];
  readonly top_logits?: readonly string[];
  readonly bottom_logits?: readonly string[];
  readonly act_min?: number;
  readonly act_max?: number;
  /** Quantiles of the positive activations at equal steps: here 0, .1, ... 1; published files have 100 from 0 to .99. */
  readonly quantile_values?: readonly number[];
  /** Counts of positive activations in equal bins from act_min to act_max. */
  readonly histogram?: readonly number[];
  /** The fraction of tokens on which the feature fires. */
  readonly activation_frequency?: number;

  // What this program adds; other readers pass over it.
  /** Tokens that the pass saw, without those whose activations the method sets to 0. */
  readonly tokens_seen?: number;
  readonly label?: FeatureLabel;
  /** Tokens that make the feature fire alone, after the beginning of the sequence; strongest first. */
  readonly firing_tokens?: readonly string[];
}

export interface ExampleGroup {
  readonly quantile_name: string;
  readonly examples: readonly PublishedExample[];
}

export interface PublishedExample {
  readonly tokens: readonly string[];
  /** The feature's activation at each of the tokens. */
  readonly tokens_acts_list: readonly number[];
  /** Index of the peak in `tokens`. */
  readonly train_token_ind: number;
  /** True if an example before it in the group has the same prefix up to its peak, so the same activation. */
  readonly is_repeated_datapoint: boolean;
}

/** The Cantor pair of (layer, feature): (L + f)(L + f + 1) / 2 + f. */
export function publishedIndex(layer: number, feature: number): number {
  return ((layer + feature) * (layer + feature + 1)) / 2 + feature;
}

/** The group that holds the top activating examples: the one that is called so, else the first. */
export function topGroup(record: FeatureRecord): ExampleGroup | undefined {
  return (
    record.examples_quantiles.find(group => /^top\b/i.test(group.quantile_name)) ?? record.examples_quantiles.at(0)
  );
}
