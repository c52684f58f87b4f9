import type { InvestigationEdit } from '../../src/graph/investigation/types.ts';
import type { FeatureItem } from './feature-items.ts';
import type { Grouping } from './feature-tree.ts';

/** The nodes that are dragged with these items: features, and all of a group. */
export function draggedNodes(items: readonly FeatureItem[]): string[] {
  const nodes = items.flatMap(item =>
    item.kind === 'feature' ? [item.node.id] : item.kind === 'group' ? item.features.map(({ node }) => node.id) : [],
  );
  return [...new Set(nodes)];
}

/**
 * What dropping nodes does. On a supernode: into it. On a feature: into its supernode, or both into a new one that is
 * called as it is. Where the tree is by supernode, on what lies in none, and beside all of them: out of theirs. Undefined
 * where nothing changes.
 */
export function editOfDrop(
  nodes: readonly string[],
  target: FeatureItem | undefined,
  grouping: Grouping,
): InvestigationEdit | undefined {
  const feature = target?.kind === 'feature' ? target : undefined;
  const group = target?.kind === 'group' ? target.supernode : feature?.supernode;
  const moved = feature === undefined ? nodes : nodes.filter(node => node !== feature.node.id);
  if (moved.length === 0) return undefined;
  if (group !== undefined) return { kind: 'group', nodes: moved, id: group };
  if (feature !== undefined) return { kind: 'group', nodes: [feature.node.id, ...moved], name: feature.name };
  return grouping === 'supernode' ? { kind: 'ungroup', nodes: moved } : undefined;
}
