import { compareFeatures, featureKey } from './investigation/order.ts';
import type { Investigation } from './investigation/types.ts';
import { nameSource, nodeName, tokenName, type NameSource } from './naming.ts';
import type { AttributionGraph, GraphNode } from './types.ts';

/** One of the two investigations that are compared. */
export interface Compared {
  readonly investigation: Investigation;
  readonly graph: AttributionGraph;
}

/** What one side says of a feature. */
export interface ComparedFeature {
  readonly name: string;
  /** The tokens at which it is active. */
  readonly tokens: readonly string[];
  /** The strongest of its nodes; undefined where the graph does not say. */
  readonly activation: number | undefined;
  /** Share of all influence that its strongest node and all stronger ones hold: the smaller, the stronger. */
  readonly influence: number | undefined;
  readonly isPinned: boolean;
  /** The names of the supernodes that it is in. */
  readonly groups: readonly string[];
}

export interface ComparedRow {
  readonly layer: number;
  readonly feature: number;
  readonly left: ComparedFeature | undefined;
  readonly right: ComparedFeature | undefined;
}

export interface Comparison {
  /** False if the dictionaries differ, so that equal numbers do not mean equal features. */
  readonly isSameDictionary: boolean;
  /** By layer and feature. */
  readonly shared: readonly ComparedRow[];
  readonly onlyLeft: readonly ComparedRow[];
  readonly onlyRight: readonly ComparedRow[];
  /** Shared features over all features, 0 to 1; NaN if there are none. */
  readonly overlap: number;
}

/**
 * Which features two investigations share. A feature counts at whatever positions it is active, since prompts differ in
 * length; those count that the side's node threshold keeps, and those that a person pinned or grouped.
 */
export function compareInvestigations(left: Compared, right: Compared): Comparison {
  const [a, b] = [shownFeatures(left), shownFeatures(right)];
  const rows = [...new Set([...a.keys(), ...b.keys()])]
    .map((key): ComparedRow => {
      const [layer, feature] = key.split('/').map(Number);
      return { layer, feature, left: a.get(key), right: b.get(key) };
    })
    .sort(compareFeatures);
  const shared = rows.filter(row => row.left !== undefined && row.right !== undefined);
  return {
    isSameDictionary: sameDictionary(left.investigation, right.investigation),
    shared,
    onlyLeft: rows.filter(row => row.right === undefined),
    onlyRight: rows.filter(row => row.left === undefined),
    overlap: shared.length / rows.length,
  };
}

function shownFeatures({ investigation, graph }: Compared): Map<string, ComparedFeature> {
  const names = nameSource(graph, investigation.annotations, {});
  const pinned = new Set(investigation.pinned);
  const groupOf = new Map(
    investigation.supernodes.flatMap(({ name, members }) => members.map(id => [id, name] as const)),
  );
  const threshold = Math.fround(investigation.settings.nodeThreshold);
  const byFeature = new Map<string, GraphNode[]>();
  for (const node of graph.nodes) {
    if (node.kind !== 'feature' || node.feature === undefined) continue;
    if ((node.influence ?? 0) > threshold && !pinned.has(node.id) && !groupOf.has(node.id)) continue;
    const key = featureKey({ layer: node.layer, feature: node.feature });
    const nodes = byFeature.get(key);
    if (nodes === undefined) byFeature.set(key, [node]);
    else nodes.push(node);
  }
  return new Map([...byFeature].map(([key, nodes]) => [key, summary(nodes, names, pinned, groupOf)]));
}

function summary(
  nodes: readonly GraphNode[],
  names: NameSource,
  pinned: ReadonlySet<string>,
  groupOf: ReadonlyMap<string, string>,
): ComparedFeature {
  const activations = nodes.flatMap(({ activation }) => activation ?? []);
  const influences = nodes.flatMap(({ influence }) => influence ?? []);
  return {
    name: nodeName(nodes[0], names),
    tokens: nodes.map(({ position }) => tokenName(names.tokens[position] ?? `${position}`)),
    activation: activations.length === 0 ? undefined : Math.max(...activations),
    influence: influences.length === 0 ? undefined : Math.min(...influences),
    isPinned: nodes.some(({ id }) => pinned.has(id)),
    groups: [...new Set(nodes.flatMap(({ id }) => groupOf.get(id) ?? []))],
  };
}

function sameDictionary({ dictionary: a }: Investigation, { dictionary: b }: Investigation): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.sha256 === undefined || b.sha256 === undefined ? a.name === b.name : a.sha256 === b.sha256;
}
