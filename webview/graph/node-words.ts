import { isErrorKind, isFeatureKind } from '../../src/graph/node-kinds.ts';
import { featureKey } from '../model/graph-model.ts';
import { layerName, tokenName } from '../model/names.ts';
import type { FeatureFacts } from '../protocol.ts';
import { t } from './texts.ts';
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
function kindWords(kind: string): string {
  if (kind === 'feature') return t('feature');
  if (kind === 'token') return t('token embedding');
  if (kind === 'logit') return t('output');
  if (kind === 'error') return t('reconstruction error');
  return kind;
}

/** What an automatic label is worth, if that is known. */
function labelScore(facts: FeatureFacts | undefined): string | null {
  if (facts === undefined || (facts.detectionF1 == null && facts.fuzzing == null)) return null;
  const parts = [
    ...(facts.detectionF1 == null ? [] : [t('tells texts apart F1 {0}', facts.detectionF1.toFixed(2))]),
    ...(facts.fuzzing == null ? [] : [t('marks tokens {0}', facts.fuzzing.toFixed(2))]),
  ];
  return t('Label held-out: {0}', parts.join(', '));
}

/** What an output counts for: a token's probability; a difference or another direction has none, and counts 1. */
function outputWeight(weight: number): string {
  return weight === 1 ? t('Weight {0}', 1) : t('Probability {0}', share(weight, weight < 0.1 ? 2 : 1));
}

/** The facts of a node, a line each. */
export function nodeFacts(store: Store, node: number): string[] {
  const model = store.model.value;
  if (model === null) return [];
  const { kind, layer, position, feature, activation, probability } = model.nodes[node];
  const key = featureKey(model.nodes[node]);
  const facts = key !== undefined && Object.hasOwn(store.facts.value, key) ? store.facts.value[key] : undefined;
  const number = isFeatureKind(kind) && feature !== undefined ? ` #${feature}` : '';
  const place = [layerName({ kind, layer }), position, tokenName(model.tokens[position])] as const;
  const lines = [t('{0} · {1} · token {2} “{3}”', `${kindWords(kind)}${number}`, ...place)];
  if (activation !== undefined) lines.push(t('Activation {0}', short(activation)));
  if (probability !== undefined) lines.push(outputWeight(probability));
  if (kind !== 'logit' && !model.cyclic) {
    const whole = model.rank.reduce((most, rank) => Math.max(most, rank), 0);
    lines.push(t('Influence: rank {0} of {1}, cumulative {2}', model.rank[node], whole, share(model.influence[node])));
  }
  if (facts?.density !== undefined)
    lines.push(t('Fires on {0} of tokens', share(facts.density, facts.density < 0.01 ? 3 : 1)));
  const score = labelScore(facts);
  if (score !== null) lines.push(score);
  if (isErrorKind(kind)) lines.push(t('What the dictionary does not explain here'));
  return lines;
}

export function groupSize(members: number): string {
  return members === 1 ? t('Group of one node') : t('Group of {0} nodes', members);
}

/** For a screen reader: everything about the focused node, or the closed group that it lies in, in one go. */
export function describeFocus(store: Store): string {
  const [model, node] = [store.model.value, store.focused.value];
  if (model === null || node === null) return '';
  const group = store.selectedGroup.value;
  const selected = store.selected.value.includes(node) ? [t('selected')] : [];
  if (group !== null) {
    const names = group.members.slice(0, 6).map(member => store.names.value[member]);
    return [group.name, groupSize(group.members.length), names.join(', '), ...selected].join('. ');
  }
  const pinned = store.pinned.value.has(node) ? [t('pinned')] : [];
  return [store.names.value[node], ...nodeFacts(store, node), ...pinned, ...selected].join('. ');
}
