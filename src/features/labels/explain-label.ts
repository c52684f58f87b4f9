import type { FeatureLabel } from './feature-label.ts';

/** By the rule behind a label: what its words mean. */
const MEANINGS: Readonly<Record<FeatureLabel['rule'], string>> = {
  token: 'fires on these tokens',
  weights: 'fires on these tokens, each of which makes it fire alone',
  say: 'fires where one of these tokens comes next, and its decoder promotes them',
  theme: 'fires before tokens with this beginning, and its decoder promotes them',
  previous: 'fires after these tokens',
  next: 'fires where one of these tokens comes next',
  class: 'fires by the form or the place of tokens',
  script: 'fires by script or language',
  phrase: 'fires in this wording',
  enclosure: 'fires between these marks',
  earlier: 'fires in texts in which one of these words has stood before',
  repeat: 'fires where words come again',
  combination: 'fires where all of this holds',
  alternative: 'fires where one of the two holds',
  none: 'it fired nowhere in the corpus',
};

/** What the words of a label mean, in a sentence without its end: a node of a graph has room for the words alone. */
export function explainLabel({ rule, text }: Pick<FeatureLabel, 'rule' | 'text'>): string {
  const theme = / \(([^()]+)\)$/u.exec(text.replace(/ \(unclear\)$/, ''))?.[1];
  const beside = theme === undefined ? '' : `; “${theme}” is often in the same text`;
  return MEANINGS[rule] + beside;
}
