import { isErrorKind, isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { FeatureFacts } from '../protocol.ts';
import { featureKey } from '../model/graph-model.ts';
import { layerName, tokenName } from '../model/names.ts';
import type { Store } from './store.ts';

/** A number as it is read: three digits that count. */
export function short(value: number): string {
  if (!Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const magnitude = Math.abs(value);
  const digits = magnitude >= 100 ? 0 : magnitude >= 10 ? 1 : magnitude >= 1 ? 2 : magnitude >= 0.001 ? 4 : 6;
  return value.toFixed(digits).replace('-', '−');
}

export function share(value: number, digits = 0): string {
  return `${(value * 100).toFixed(digits)} %`;
}

/** What kind of thing a node is, in a word or two. */
export function kindWords(kind: string): string {
  if (kind === 'feature') return 'feature';
  if (kind === 'token') return 'token embedding';
  if (kind === 'logit') return 'output';
  if (kind === 'error') return 'reconstruction error';
  return kind;
}

/** What an automatic label is worth, if that is known. */
export function labelScore(facts: FeatureFacts | undefined): string | null {
  if (facts === undefined || (facts.detectionF1 == null && facts.fuzzing == null)) return null;
  const parts = [
    ...(facts.detectionF1 == null ? [] : [`tells texts apart F1 ${facts.detectionF1.toFixed(2)}`]),
    ...(facts.fuzzing == null ? [] : [`marks tokens ${facts.fuzzing.toFixed(2)}`]),
  ];
  return `Label held-out: ${parts.join(', ')}`;
}

/** The facts of a node, a line each. */
export function nodeFacts(store: Store, node: number): string[] {
  const model = store.model.value;
  if (model === null) return [];
  const { kind, layer, position, feature, activation, probability } = model.nodes[node];
  const key = featureKey(model.nodes[node]);
  const facts = key !== undefined && Object.hasOwn(store.facts.value, key) ? store.facts.value[key] : undefined;
  const number = isFeatureKind(kind) && feature !== undefined ? ` #${feature}` : '';
  const lines = [
    `${kindWords(kind)}${number} · ${layerName({ kind, layer })} · token ${position} “${tokenName(model.tokens[position])}”`,
  ];
  if (activation !== undefined) lines.push(`Activation ${short(activation)}`);
  if (probability !== undefined) lines.push(`Probability ${share(probability, probability < 0.1 ? 2 : 1)}`);
  if (kind !== 'logit' && !model.cyclic) {
    const words = `Influence: ${ordinal(model.rank[node])} strongest; with all before it ${share(model.influence[node])} of the whole`;
    lines.push(words);
  }
  if (facts?.density !== undefined)
    lines.push(`Fires on ${share(facts.density, facts.density < 0.01 ? 3 : 1)} of tokens`);
  const score = labelScore(facts);
  if (score !== null) lines.push(score);
  if (isErrorKind(kind)) lines.push('What the dictionary does not explain here');
  return lines;
}

/** For a screen reader: everything about a node in one go. */
export function describeNode(store: Store, node: number): string {
  const model = store.model.value;
  if (model === null) return '';
  const states = [
    ...(store.pinned.value.has(node) ? ['pinned'] : []),
    ...(store.selected.value.includes(node) ? ['selected'] : []),
  ];
  return [store.names.value[node], ...nodeFacts(store, node), ...states].join('. ');
}

function ordinal(value: number): string {
  const tens = value % 100;
  const ending = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][value % 10] ?? 'th');
  return `${value}${ending}`;
}
