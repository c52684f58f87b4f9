import { matrixOfGraph } from '../../src/attribution/graph-of-matrix.ts';
import { targetsFirst } from '../../src/attribution/influence.ts';
import { prune } from '../../src/attribution/prune.ts';
import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import { indexedLinks, type IndexedLinks } from '../../src/graph/strongest-links.ts';
import type { AttributionGraph, GraphNode, NodeId } from '../../src/graph/types.ts';

/**
 * A graph with what every part of the panel looks up in it. Nodes go by their index in `nodes`; links are those of the
 * whole file.
 */
export interface GraphModel extends IndexedLinks {
  readonly graph: AttributionGraph;
  readonly nodes: readonly GraphNode[];
  readonly indexOf: ReadonlyMap<NodeId, number>;
  /** [positions] */
  readonly tokens: readonly string[];
  /** Number of rows between the embeddings and the logits. */
  readonly layers: number;
  /** [N]; the share of all influence that this node and all stronger ones hold. From the file, else computed. */
  readonly influence: Float64Array;
  /** [N]; 1 is the node of most influence. Logits have 0. */
  readonly rank: Uint32Array;
  /** True if the graph has a cycle: it is no attribution graph, and nothing can be pruned. */
  readonly cyclic: boolean;
}

export function graphModel(graph: AttributionGraph): GraphModel {
  const { nodes, links, metadata } = graph;
  const { matrix, kinds, logitWeights } = matrixOfGraph(graph);
  const cyclic = targetsFirst(matrix) === undefined;
  const known = nodes.every(({ kind, influence }) => kind === 'logit' || influence !== undefined);
  const influence = known
    ? Float64Array.from(nodes, ({ influence: share }) => share ?? 0)
    : cyclic
      ? new Float64Array(nodes.length).fill(1)
      : prune(matrix, kinds, logitWeights, { nodeThreshold: 1, edgeThreshold: 1 }).cumulativeScores;
  const positions = nodes.reduce((most, { position }) => Math.max(most, position + 1), 0);
  const tokens = Array.from(
    { length: Math.max(positions, metadata.promptTokens.length) },
    (_, position) => metadata.promptTokens[position] ?? `position ${position}`,
  );
  const inner = nodes.filter(({ kind }) => kind !== 'logit');
  return {
    graph,
    nodes,
    ...indexedLinks(links, nodes.length),
    indexOf: new Map(nodes.map(({ id }, node) => [id, node])),
    tokens,
    layers: inner.reduce((most, { layer }) => Math.max(most, layer + 1), metadata.trace?.layers ?? 0),
    influence,
    rank: ranks(nodes, influence),
    cyclic,
  };
}

function ranks(nodes: readonly GraphNode[], influence: Float64Array): Uint32Array {
  const order = nodes.map((_, node) => node).filter(node => nodes[node].kind !== 'logit');
  order.sort((a, b) => influence[a] - influence[b] || a - b);
  const rank = new Uint32Array(nodes.length);
  order.forEach((node, place) => (rank[node] = place + 1));
  return rank;
}

/** "layer/feature" of a dictionary feature: what annotations and the feature index are kept by. */
export function featureKey(node: GraphNode): string | undefined {
  return isFeatureKind(node.kind) && node.feature !== undefined ? `${node.layer}/${node.feature}` : undefined;
}
