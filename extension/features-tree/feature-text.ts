import type { FeatureFacts } from '../../webview/protocol.ts';
import type { TreeFeature } from './feature-tree.ts';

/** How the numbers beside a feature are introduced. */
export interface NumberWords {
  score(value: string): string;
  activation(value: string): string;
  influence(value: string): string;
  readonly verdicts: Readonly<Record<NonNullable<NonNullable<TreeFeature['annotation']>['verdict']>, string>>;
}

/**
 * What stands beside a feature's name: its place, the score of the automatic label where that is the name, activation,
 * influence, verdict.
 */
export function featureNumbers(
  { node, name, place, annotation }: TreeFeature,
  facts: FeatureFacts | undefined,
  words: NumberWords,
): string {
  const score = name === node.label?.trim() ? facts?.detectionF1 : undefined;
  const parts = [
    place,
    score == null ? '' : words.score(share(score)),
    node.activation === undefined ? '' : words.activation(node.activation.toPrecision(3)),
    node.influence === undefined ? '' : words.influence(share(node.influence)),
    annotation?.verdict === undefined ? '' : words.verdicts[annotation.verdict],
  ];
  return parts.filter(Boolean).join(' · ');
}

/** ".91": the field's way of writing shares, and a digit less of a narrow column. */
function share(value: number): string {
  return value.toFixed(2).replace(/^0(?=\.)/, '');
}
