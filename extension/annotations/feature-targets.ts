import * as v from 'valibot';
import type { GraphNode, NodeId } from '../../src/graph/types.ts';
import type { TreeFeature, TreeGroup } from '../features-tree/feature-tree.ts';
import type { Session } from '../investigation/session.ts';

/** What a command of the palette, of the tree's menus or of the graph's menus is about. */
export interface Targets {
  readonly nodes: readonly NodeId[];
  /** The features among them, each once. */
  readonly features: readonly { readonly layer: number; readonly feature: number }[];
  /** The supernode, where a menu was opened on one. */
  readonly group: string | undefined;
}

/** What the graph's page says of the place where its menu was opened; the editor adds more to it. */
const pageContext = v.object({
  webviewSection: v.string(),
  nodes: v.optional(v.array(v.string()), []),
  group: v.optional(v.string()),
});

/** The targets of a command with these arguments: an item and the selected ones of a tree, a page's context, or none. */
export function targetsOf(session: Session, args: readonly unknown[]): Targets {
  const [first, second] = args;
  if (isTreeItem(first)) {
    const items = Array.isArray(second) && second.length > 0 ? second.filter(isTreeItem) : [first];
    const nodes = items.flatMap(item =>
      item.kind === 'feature' ? [item.node.id] : item.features.map(({ node }) => node.id),
    );
    return { ...withFeatures(session, nodes), group: first.supernode };
  }
  const page = v.safeParse(pageContext, first);
  if (page.success && page.output.webviewSection !== 'canvas') {
    return { ...withFeatures(session, page.output.nodes), group: page.output.group };
  }
  const selected = withFeatures(session, session.selected);
  const group = session.investigation?.supernodes.find(({ members }) =>
    members.some(id => session.selected.includes(id)),
  );
  return { ...selected, group: group?.id };
}

function withFeatures(session: Session, nodes: readonly NodeId[]): Omit<Targets, 'group'> {
  const wanted = new Set(nodes);
  const byFeature = new Map<string, { layer: number; feature: number }>();
  for (const node of session.graph.nodes) {
    if (wanted.has(node.id) && isFeature(node)) {
      byFeature.set(`${node.layer}/${node.feature}`, { layer: node.layer, feature: node.feature });
    }
  }
  return { nodes: [...wanted], features: [...byFeature.values()] };
}

/** Features of the dictionary: what annotations and cards are about. */
export function isFeature(node: GraphNode): node is GraphNode & { readonly feature: number } {
  return node.kind === 'feature' && node.feature !== undefined;
}

function isTreeItem(value: unknown): value is TreeFeature | TreeGroup {
  return (
    typeof value === 'object' &&
    value !== null &&
    'kind' in value &&
    (value.kind === 'feature' || value.kind === 'group')
  );
}
