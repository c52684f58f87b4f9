import type { Annotation, AnnotationChange } from '../../src/graph/investigation/types.ts';
import type { ExampleGroup, FeatureRecord, PublishedExample } from '../../src/features/feature-record.ts';

/** A token of an example, with how strongly the feature fires on it. */
export interface HeatedToken {
  readonly text: string;
  readonly activation: number;
  /** 0 to 1, of the largest activation that the scale knows. */
  readonly heat: number;
  readonly isPeak: boolean;
}

/** Tokens on a common scale; activations that are not numbers count as 0. `peak` -1: none is marked. */
export function heatTokens(
  tokens: readonly string[],
  activations: ArrayLike<number>,
  most: number,
  peak: number,
): HeatedToken[] {
  return tokens.map((text, i) => {
    const activation = Number.isFinite(activations[i]) ? activations[i] : 0;
    const heat = most > 0 ? Math.min(1, Math.max(0, activation / most)) : 0;
    return { text, activation, heat, isPeak: i === peak };
  });
}

/** The largest activation in a record: of its examples, and what it says itself. */
export function largestActivation(record: FeatureRecord): number {
  let most = record.act_max ?? 0;
  for (const { examples } of record.examples_quantiles) {
    for (const { tokens_acts_list: acts } of examples) for (const act of acts) if (act > most) most = act;
  }
  return most;
}

/** The groups that have examples, each without repetitions of one prefix. */
export function shownGroups(record: FeatureRecord): ExampleGroup[] {
  return record.examples_quantiles
    .map(group => ({ ...group, examples: group.examples.filter(example => !example.is_repeated_datapoint) }))
    .filter(({ examples }) => examples.length > 0);
}

/** Some tokens around the peak, so that it can be seen on a narrow card. */
export function aroundPeak(example: PublishedExample, before: number, after: number): { from: number; to: number } {
  const peak = Math.min(Math.max(0, example.train_token_ind), example.tokens.length - 1);
  return { from: Math.max(0, peak - before), to: Math.min(example.tokens.length, peak + after + 1) };
}

export interface HistogramBar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** 0 to 1, on a logarithmic scale: single counts can be seen beside thousands. */
  readonly height: number;
}

/** The bars of a record's histogram; none if it has none. */
export function histogramBars({ histogram, act_min: low = 0, act_max: high }: FeatureRecord): HistogramBar[] {
  if (histogram === undefined || high === undefined || !(high > low)) return [];
  const most = Math.log1p(histogram.reduce((a, b) => Math.max(a, b), 0));
  const width = (high - low) / histogram.length;
  return histogram.map((count, i) => ({
    from: low + i * width,
    to: low + (i + 1) * width,
    count,
    height: most === 0 ? 0 : Math.log1p(Math.max(0, count)) / most,
  }));
}

/** Lines or words that a person typed as a list: trimmed, without empty ones and repetitions. */
export function asList(text: string, separator: RegExp): string[] {
  return [...new Set(text.split(separator).map(item => item.trim()))].filter(item => item !== '');
}

/**
 * What taking over another's annotation changes: its label, verdict and colour in the place of one's own, its note where
 * there is none, its tags and evidence beside one's own. Empty if all of it is there already.
 */
export function takenOver(own: Annotation | null, theirs: Annotation): AnnotationChange {
  const tags = [...new Set([...(own?.tags ?? []), ...(theirs.tags ?? [])])].sort();
  const evidence = [...new Set([...(own?.evidence ?? []), ...(theirs.evidence ?? [])])];
  return {
    ...(theirs.label === undefined || theirs.label === own?.label ? {} : { label: theirs.label }),
    ...(theirs.verdict === undefined || theirs.verdict === own?.verdict ? {} : { verdict: theirs.verdict }),
    ...(theirs.colour === undefined || theirs.colour === own?.colour ? {} : { colour: theirs.colour }),
    ...(theirs.note === undefined || own?.note !== undefined ? {} : { note: theirs.note }),
    ...(tags.length === (own?.tags?.length ?? 0) ? {} : { tags }),
    ...(evidence.length === (own?.evidence?.length ?? 0) ? {} : { evidence }),
  };
}

/** An annotation in a line: “Texas” · relevant · place, city · Fires on cities, too. */
export function annotationText({ label, verdict, tags, note, evidence }: Annotation): string {
  const parts = [
    label === undefined ? '' : `“${label}”`,
    verdict ?? '',
    tags?.join(', ') ?? '',
    note ?? '',
    ...(evidence ?? []),
  ];
  return parts.filter(Boolean).join(' · ');
}
