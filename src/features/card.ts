import { topGroup, type FeatureRecord, type PublishedExample } from './feature-record.ts';
import { isClear, type FeatureLabel } from './labels/feature-label.ts';
import { explainLabel } from './labels/explain-label.ts';
import { inLabel, printable } from './token-text.ts';

export interface CardOptions {
  readonly layer: number;
  readonly feature: number;
  /** Characters of a line, at most. */
  readonly width?: number;
  /** Top examples shown. */
  readonly examples?: number;
}

const BARS = '▁▂▃▄▅▆▇█';

/**
 * A feature as plain text for a terminal: label with its scores, density, histogram, promoted and suppressed tokens, top
 * examples with the peak token marked «like this». Fields that a record lacks are passed over.
 */
export function featureCard(record: FeatureRecord, options: CardOptions): string {
  const { layer, feature, width = 100, examples = 10 } = options;
  const top = topGroup(record)?.examples ?? [];
  const distinct = top.filter(example => !example.is_repeated_datapoint).slice(0, examples);
  const lines = [
    `Feature ${feature} of layer ${layer}: ${record.label === undefined ? '(no label)' : printable(record.label.text)}`,
    ...labelLines(record.label),
    ...densityLine(record),
    ...histogramLine(record),
    ...tokensLine('Promotes', record.top_logits),
    ...tokensLine('Suppresses', record.bottom_logits),
    ...tokensLine('Fires alone on', record.firing_tokens),
    ...(distinct.length === 0 ? ['No activating examples.'] : [`Top examples (${distinct.length} of ${top.length}):`]),
    ...distinct.map(example => `  ${activation(example).padStart(7)}  ${exampleText(example, width - 11)}`),
  ];
  return lines.map(line => clipped(line, width)).join('\n') + '\n';
}

/** "on unseen examples F1 .87, fuzzing .81, n=50; the weights agree". */
export function labelEvidence(label: FeatureLabel): string {
  const score = (value: number | null): string =>
    value === null ? 'not measured' : value.toFixed(2).replace(/^0/, '');
  const measured = label.fuzzing !== null;
  const doubt = isClear(label)
    ? ''
    : measured
      ? '; below .60: not to be relied on'
      : '; too few examples to rely on it';
  const weights = { true: '; the weights agree', false: '; the weights do not agree', null: '' };
  return (
    `on unseen examples F1 ${score(label.detectionF1)}, fuzzing ${score(label.fuzzing)}, ` +
    `n=${label.sampleSize}${weights[`${label.agreesWithWeights}`]}${doubt}`
  );
}

/** "<bos>", "<|begin_of_text|>": the same before every example. */
const SPECIAL = /^<\|?\w+\|?>$/;

/** The example's tokens as they stand in the text, cut around the peak token, which stands in « ». */
export function exampleText(example: PublishedExample, width: number): string {
  const shown = example.tokens.map(printable);
  if (example.train_token_ind > 0 && SPECIAL.test(shown[0])) shown[0] = '';
  const peak = shown[example.train_token_ind] ?? '';
  const lead = /^ */.exec(peak)![0];
  const marked = `${lead}«${peak.slice(lead.length)}»`;
  const before = shown.slice(0, example.train_token_ind).join('');
  const after = shown.slice(example.train_token_ind + 1).join('');
  const room = Math.max(0, width - marked.length);
  const afterShare = Math.min(after.length, Math.max(Math.floor(room / 4), room - before.length));
  return (cutStart(before, room - afterShare) + marked + cutEnd(after, afterShare)).trim();
}

/** Bars of equal bins, tall by the square root of the count so that rare strong activations are seen. */
export function histogramBars(histogram: readonly number[]): string {
  const most = Math.max(...histogram, 0);
  if (most <= 0) return '';
  const level = (count: number): number => Math.ceil(Math.sqrt(Math.max(0, count) / most) * BARS.length);
  return histogram.map(count => (count > 0 ? BARS[Math.max(0, level(count) - 1)] : ' ')).join('');
}

function labelLines(label: FeatureLabel | undefined): string[] {
  if (label === undefined) return [];
  return [explainLabel(label), ...(label.rule === 'none' ? [] : [labelEvidence(label)])].map(line => `  ${line}`);
}

function densityLine({ activation_frequency, tokens_seen }: FeatureRecord): string[] {
  if (activation_frequency === undefined) return [];
  const percent = Number((100 * activation_frequency).toPrecision(3));
  return [`Fires on ${percent} %${tokens_seen === undefined ? ' of tokens' : ` of ${tokens_seen} tokens`}`];
}

function histogramLine({ histogram, act_min, act_max }: FeatureRecord): string[] {
  if (histogram === undefined || act_max === undefined) return [];
  const bars = histogramBars(histogram);
  return bars === '' ? [] : [`Activations  ${act_min ?? 0} |${bars}| ${act_max}`];
}

function tokensLine(name: string, tokens: readonly string[] | undefined): string[] {
  return tokens === undefined || tokens.length === 0 ? [] : [`${name}: ${tokens.map(bare).join(', ')}`];
}

function bare(token: string): string {
  return inLabel(token.replace(/^[ ▁Ġ]/u, ''));
}

function activation(example: PublishedExample): string {
  return String(Number((example.tokens_acts_list[example.train_token_ind] ?? 0).toPrecision(3)));
}

function cutStart(text: string, room: number): string {
  return text.length <= room ? text : `…${text.slice(text.length - Math.max(0, room - 1))}`;
}

function cutEnd(text: string, room: number): string {
  return text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`;
}

function clipped(line: string, width: number): string {
  return cutEnd(line, width);
}
