import type { Collector } from './collector.ts';
import type { ActivatingExample } from './example-table.ts';
import { publishedIndex, type ExampleGroup, type FeatureRecord, type PublishedExample } from './feature-record.ts';
import type { FeatureLabel } from './labels/feature-label.ts';
import { HISTOGRAM_BINS } from './settings.ts';

/** Levels of `quantile_values`: deciles, which with the histogram say all that a hundred do in a tenth of the bytes. */
const QUANTILE_LEVELS = Array.from({ length: 11 }, (_, i) => i / 10);

export interface RecordParts {
  readonly transcoderId: string;
  readonly tokenText: (token: number) => string;
  readonly topLogits: readonly string[];
  readonly bottomLogits: readonly string[];
  readonly label: FeatureLabel;
  readonly firingTokens: readonly string[] | undefined;
}

/** The published record of one feature from what the pass gathered. */
export function buildRecord(collector: Collector, layer: number, feature: number, parts: RecordParts): FeatureRecord {
  const { histograms, settings } = collector;
  const number = collector.numberOf(layer, feature);
  const top = topExamples(collector, layer, feature);
  const inTop = new Set(top.map(({ text }) => text));
  const others = collector.sampledExamples(layer, feature).filter(({ text }) => !inTop.has(text));
  const groups = [
    { name: 'Top activations', examples: top },
    ...quantileGroups(others, settings.quantileGroups, settings.examplesPerGroup),
  ];
  return {
    transcoder_id: parts.transcoderId,
    index: publishedIndex(layer, feature),
    examples_quantiles: groups.map(({ name, examples }) => published(name, examples, parts.tokenText)),
    top_logits: parts.topLogits,
    bottom_logits: parts.bottomLogits,
    act_min: 0,
    act_max: rounded(histograms.max(number)),
    quantile_values:
      collector.count(layer, feature) === 0 ? [] : histograms.quantiles(number, QUANTILE_LEVELS).map(rounded),
    histogram: histograms.rebinned(number, HISTOGRAM_BINS),
    activation_frequency: rounded(collector.count(layer, feature) / collector.tokens),
    tokens_seen: collector.tokens,
    label: parts.label,
    ...(parts.firingTokens === undefined ? {} : { firing_tokens: parts.firingTokens }),
  };
}

/** The strongest contexts, each prefix once; where the corpus has too few, other texts with the same prefixes fill up. */
function topExamples(collector: Collector, layer: number, feature: number): ActivatingExample[] {
  const top = collector.topExamples(layer, feature);
  const texts = new Set(top.map(({ text }) => text));
  const more = collector.weightedExamples(layer, feature).filter(({ text }) => !texts.has(text));
  return [...top, ...more.slice(0, collector.settings.topExamples - top.length)].sort((a, b) => b.value - a.value);
}

/** Groups of equal size by peak activation, the highest first, and examples at even steps through each. */
function quantileGroups(
  examples: readonly ActivatingExample[],
  groups: number,
  perGroup: number,
): { name: string; examples: ActivatingExample[] }[] {
  const result: { name: string; examples: ActivatingExample[] }[] = [];
  for (let g = 0; g < groups; g++) {
    const from = Math.round((g * examples.length) / groups);
    const group = examples.slice(from, Math.round(((g + 1) * examples.length) / groups));
    const step = Math.max(1, group.length / perGroup);
    const picked = Array.from({ length: Math.min(perGroup, group.length) }, (_, i) => group[Math.floor(i * step)]);
    const percent = (part: number): number => Math.round((100 * (groups - part)) / groups);
    if (picked.length > 0) result.push({ name: `Quantile ${percent(g + 1)}-${percent(g)} %`, examples: picked });
  }
  return result;
}

function published(
  name: string,
  examples: readonly ActivatingExample[],
  tokenText: (token: number) => string,
): ExampleGroup {
  const prefixes = new Set<number>();
  return {
    quantile_name: name,
    examples: examples.map((example): PublishedExample => {
      const repeated = prefixes.has(example.prefix);
      prefixes.add(example.prefix);
      return {
        tokens: Array.from(example.tokens, tokenText),
        tokens_acts_list: Array.from(example.activations, rounded),
        train_token_ind: example.peak,
        is_repeated_datapoint: repeated,
      };
    }),
  };
}

/** Three significant digits: finer than any use of an example, and half the size. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
