import type { FeatureCardData } from '../../src/engine/protocol.ts';
import { topGroup, type PublishedExample } from '../../src/features/feature-record.ts';
import { tokenName } from '../../src/graph/naming.ts';

/** A line under a feature. */
export interface CardRow {
  readonly kind: 'example' | 'promotes' | 'suppresses' | 'nothing';
  readonly text: string;
  /** UTF-16 places in `text` that stand out: the peak token. */
  readonly highlights: readonly (readonly [start: number, end: number])[];
  readonly description: string;
  /** The whole example, the peak token apart. */
  readonly parts?: readonly [before: string, peak: string, after: string];
}

/** What rows say besides what the index holds. */
export interface RowWords {
  readonly promoted: string;
  readonly suppressed: string;
  readonly nothing: string;
}

const EXAMPLES = 6;
const TOKENS = 8;
/** Characters before the peak: the sidebar is narrow, and the peak is to be seen. */
const BEFORE = 16;
const AFTER = 30;

/** Top activating examples with their peak token, then what the feature promotes and suppresses. */
export function cardRows({ record, topLogits, bottomLogits, problem }: FeatureCardData, said: RowWords): CardRow[] {
  const rows = exampleRows(record, EXAMPLES);
  const words = (texts: readonly string[] | undefined): string =>
    (texts ?? []).slice(0, TOKENS).map(tokenName).join(', ');
  const promotes = topLogits.length > 0 ? words(topLogits.map(({ text }) => text)) : words(record?.top_logits);
  const suppresses =
    bottomLogits.length > 0 ? words(bottomLogits.map(({ text }) => text)) : words(record?.bottom_logits);
  if (promotes !== '') rows.push({ kind: 'promotes', text: promotes, highlights: [], description: said.promoted });
  if (suppresses !== '')
    rows.push({ kind: 'suppresses', text: suppresses, highlights: [], description: said.suppressed });
  if (rows.length > 0 && problem === undefined) return rows;
  return [...rows, { kind: 'nothing', text: problem ?? said.nothing, highlights: [], description: '' }];
}

/** The strongest of the top examples, each prefix once. */
export function exampleRows(record: FeatureCardData['record'], most: number): CardRow[] {
  const examples = record === null ? [] : (topGroup(record)?.examples ?? []);
  return examples
    .filter(example => !example.is_repeated_datapoint)
    .slice(0, most)
    .map(exampleRow);
}

function exampleRow({ tokens, tokens_acts_list, train_token_ind }: PublishedExample): CardRow {
  const shown = tokens.map(token => token.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, '⏎'));
  // The beginning of the sequence is the same before every example.
  if (train_token_ind > 0 && /^<\|?\w+\|?>$/.test(shown[0])) shown[0] = '';
  const peak = shown[train_token_ind] ?? '';
  const before = shown.slice(0, train_token_ind).join('');
  const after = shown.slice(train_token_ind + 1).join('');
  const lead = /^\s*/.exec(peak)![0];
  const head = (before.length > BEFORE ? `…${before.slice(-BEFORE)}` : before) + lead;
  const start = head.trimStart();
  const word = peak.slice(lead.length);
  return {
    kind: 'example',
    text: start + word + (after.length > AFTER ? `${after.slice(0, AFTER)}…` : after),
    highlights: word === '' ? [] : [[start.length, start.length + word.length]],
    description: (tokens_acts_list[train_token_ind] ?? 0).toPrecision(3),
    parts: [before + lead, word, after],
  };
}
