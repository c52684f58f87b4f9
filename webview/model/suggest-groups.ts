import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { GraphModel } from './graph-model.ts';

export interface SuggestedGroup {
  readonly name: string;
  /** What the members have in common. */
  readonly reason: 'label' | 'words';
  /** Ascending. */
  readonly members: readonly number[];
}

/**
 * Features that may be one thing: those of the same label, and those whose labels list the same words in another order
 * ("Texas, Dallas" and "Dallas, Texas"). Only nodes that `candidates` holds and no group has yet; largest first. An
 * uncertain label ("X (unclear)") counts as X. A label that says nothing (a number, an error) makes no group.
 */
export function suggestGroups(
  model: GraphModel,
  names: readonly string[],
  candidates: Iterable<number>,
  grouped: ReadonlySet<number>,
): SuggestedGroup[] {
  const byLabel = new Map<string, number[]>();
  const byWords = new Map<string, number[]>();
  for (const node of candidates) {
    const label = names[node].replace(/\s*\(unclear\)$/, '').trim();
    if (!isFeatureKind(model.nodes[node].kind) || grouped.has(node) || label === '' || /^#\d+$/.test(label)) continue;
    add(byLabel, label.toLowerCase(), node);
    add(byWords, wordSet(label), node);
  }
  const groups: SuggestedGroup[] = [];
  const taken = new Set<string>();
  for (const [reason, found] of [
    ['words', byWords],
    ['label', byLabel],
  ] as const) {
    for (const members of found.values()) {
      const key = members.sort((a, b) => a - b).join(' ');
      if (members.length < 2 || taken.has(key)) continue;
      taken.add(key);
      const same = members.every(node => plain(names[node]) === plain(names[members[0]]));
      groups.push({ name: plainName(names[members[0]]), reason: same ? 'label' : reason, members });
    }
  }
  return groups.sort((a, b) => b.members.length - a.members.length || a.members[0] - b.members[0]);
}

function plainName(name: string): string {
  return name.replace(/\s*\(unclear\)$/, '').trim();
}

function plain(name: string): string {
  return plainName(name).toLowerCase();
}

function wordSet(label: string): string {
  const words = label
    .toLowerCase()
    .split(/[\s,;/"“”'…]+/u)
    .filter(Boolean);
  return [...new Set(words)].sort().join(' ');
}

function add(groups: Map<string, number[]>, key: string, node: number): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [node]);
  else group.push(node);
}
