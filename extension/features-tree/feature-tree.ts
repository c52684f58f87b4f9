import { featureKey } from '../../src/graph/investigation/order.ts';
import type { Annotation, Investigation } from '../../src/graph/investigation/types.ts';
import { layerName, nodeName, nameSource, tokenName } from '../../src/graph/naming.ts';
import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { AttributionGraph, GraphNode, NodeId } from '../../src/graph/types.ts';

export const GROUPINGS = ['layer', 'position', 'supernode', 'label'] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** A feature at one position of the prompt. */
export interface TreeFeature {
  readonly kind: 'feature';
  readonly node: GraphNode;
  readonly name: string;
  /** "L3 · Dallas" */
  readonly place: string;
  readonly annotation: Annotation | undefined;
  readonly isPinned: boolean;
  /** The id of the supernode that it is in. */
  readonly supernode: string | undefined;
  readonly parent: string;
}

export interface TreeGroup {
  readonly kind: 'group';
  /** Unique in the tree; stays while the graph and the grouping do. */
  readonly id: string;
  readonly title: string;
  /** The id of the supernode that the group stands for. */
  readonly supernode?: string;
  /** Strongest first. */
  readonly features: readonly TreeFeature[];
}

export interface TreeSource {
  readonly graph: AttributionGraph;
  readonly investigation: Investigation | null;
  readonly labelsElsewhere: Readonly<Record<string, string>>;
  readonly words: GroupWords;
}

/** The titles of groups that no file brings. */
export interface GroupWords {
  layer(number: number): string;
  readonly noSupernode: string;
}

/**
 * The features of a graph in groups. Those are shown that the investigation's node threshold keeps, and whatever a
 * person pinned or grouped; `filter` looks for each of its words in names, tags, tokens and numbers.
 */
export function featureTree(source: TreeSource, grouping: Grouping, filter: string): TreeGroup[] {
  const { graph, investigation } = source;
  const names = nameSource(graph, investigation?.annotations ?? [], source.labelsElsewhere);
  const pinned = new Set(investigation?.pinned ?? graph.pinned);
  const supernodeOf = new Map<NodeId, string>();
  for (const { id, members } of investigation?.supernodes ?? []) for (const node of members) supernodeOf.set(node, id);
  const threshold = Math.fround(investigation?.settings.nodeThreshold ?? 1);
  const wanted = filter.toLowerCase().split(/\s+/).filter(Boolean);
  const groups = new Map<string, { title: string; order: number; features: TreeFeature[] }>();
  for (const node of graph.nodes) {
    if (!isFeatureKind(node.kind)) continue;
    const supernode = supernodeOf.get(node.id);
    const isPinned = pinned.has(node.id);
    if ((node.influence ?? 0) > threshold && !isPinned && supernode === undefined) continue;
    const name = nodeName(node, names);
    const annotation = names.annotations.get(featureKey({ layer: node.layer, feature: node.feature ?? -1 }));
    const token = tokenName(names.tokens[node.position] ?? `${node.position}`);
    const place = `${layerName(node)} · ${token}`;
    const text = [
      name,
      node.label,
      token,
      `${node.layer}/${node.feature ?? ''}`,
      ...(annotation?.tags ?? []),
      annotation?.note,
      annotation?.verdict,
    ];
    const searched = text.join(' ').toLowerCase();
    if (!wanted.every(word => searched.includes(word))) continue;
    const { id, title, order } = groupOf(node, grouping, {
      name,
      token,
      supernode,
      investigation,
      words: source.words,
    });
    const group = groups.get(id) ?? { title, order, features: [] };
    groups.set(id, group);
    group.features.push({ kind: 'feature', node, name, place, annotation, isPinned, supernode, parent: id });
  }
  return [...groups]
    .sort(([, a], [, b]) => a.order - b.order || b.features.length - a.features.length || (a.title < b.title ? -1 : 1))
    .map(([id, { title, features }]) => {
      const supernode = features[0].supernode;
      const strongest = features.sort((a, b) => strength(a) - strength(b));
      const isSupernode = grouping === 'supernode' && supernode !== undefined;
      return { kind: 'group', id, title, features: strongest, ...(isSupernode ? { supernode } : {}) };
    });
}

/** The share that a node and all stronger ones hold: the stronger, the smaller. */
function strength({ node }: TreeFeature): number {
  return node.influence ?? Infinity;
}

interface Place {
  readonly name: string;
  readonly token: string;
  readonly supernode: string | undefined;
  readonly investigation: Investigation | null;
  readonly words: GroupWords;
}

function groupOf(
  node: GraphNode,
  grouping: Grouping,
  { name, token, supernode, investigation, words }: Place,
): { id: string; title: string; order: number } {
  switch (grouping) {
    case 'layer':
      return { id: `layer ${node.layer}`, title: words.layer(node.layer), order: node.layer };
    case 'position':
      return { id: `position ${node.position}`, title: `${node.position} ${token}`, order: node.position };
    case 'label': {
      const label = name.replace(/\s*\(unclear\)$/, '');
      return { id: `label ${label.toLowerCase()}`, title: label, order: 0 };
    }
    case 'supernode': {
      if (supernode === undefined) return { id: 'no supernode', title: words.noSupernode, order: 1 };
      const title = investigation?.supernodes.find(({ id }) => id === supernode)?.name ?? supernode;
      return { id: `supernode ${supernode}`, title, order: 0 };
    }
  }
}
