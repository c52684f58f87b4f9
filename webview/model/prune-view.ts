import { prune, type PruneThresholds } from '../../src/attribution/prune.ts';
import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { GraphModel } from './graph-model.ts';

/** What is left of a graph at the thresholds. */
export interface PrunedView {
  /** [N]; 1 = shown. */
  readonly nodes: Uint8Array;
  /** [links]; 1 = shown. */
  readonly links: Uint8Array;
  readonly nodeCount: number;
  readonly linkCount: number;
}

/**
 * Prunes a graph file as the engine would have pruned the whole graph, if the file holds all links among the nodes that
 * are kept: which nodes stay follows from the influence that the file carries (it is the whole graph's), which edges
 * from `prune` among those nodes. A threshold of 1 leaves out nothing.
 */
export function pruneView(model: GraphModel, thresholds: PruneThresholds): PrunedView {
  const nodes = keptNodes(model, thresholds.nodeThreshold);
  const links = new Uint8Array(model.links.weights.length);
  const among = linksAmong(model, nodes);
  if (model.cyclic || thresholds.edgeThreshold >= 1) {
    for (const link of among.order) links[link] = 1;
  } else {
    // Nodes without influence among the kept ones have no path to a logit: the last step of pruning drops them too.
    const { matrix, kinds, weights, order } = among;
    const pruned = prune(matrix, kinds, weights, { nodeThreshold: 1, edgeThreshold: thresholds.edgeThreshold });
    order.forEach((link, entry) => (links[link] = pruned.edgeKept[entry]));
    dropUnlinked(model, nodes, links);
  }
  return { nodes, links, nodeCount: count(nodes), linkCount: count(links) };
}

/** [N]; the nodes up to the first with which the strongest hold the share, and those as strong; tokens and logits. */
function keptNodes({ nodes, influence }: GraphModel, share: number): Uint8Array {
  // Files carry cumulative shares as float32: so is the share that they are compared with.
  const wanted = Math.fround(share);
  let last = Infinity;
  nodes.forEach(({ kind }, node) => {
    if (share < 1 && kind !== 'logit' && influence[node] >= wanted) last = Math.min(last, influence[node]);
  });
  return Uint8Array.from(nodes, ({ kind }, node) => (staysAlways(kind) || influence[node] <= last ? 1 : 0));
}

/** The links among the kept nodes as sparse rows, each in the order of its sources, as the engine has them. */
function linksAmong({ nodes, links, index }: GraphModel, kept: Uint8Array) {
  const order: number[] = [];
  const rowStart = new Uint32Array(nodes.length + 1);
  for (let target = 0; target < nodes.length; target++) {
    if (kept[target] === 1) {
      const row = [...index.byTarget.subarray(index.inputStart[target], index.inputStart[target + 1])];
      const inside = row.filter(link => kept[links.sources[link]] === 1);
      order.push(...inside.sort((a, b) => links.sources[a] - links.sources[b]));
    }
    rowStart[target + 1] = order.length;
  }
  const matrix = {
    size: nodes.length,
    rowStart,
    sources: Uint32Array.from(order, link => links.sources[link]),
    weights: Float32Array.from(order, link => links.weights[link]),
  };
  const kinds = nodes.map(({ kind }) => kind);
  const weights = Float64Array.from(nodes, node => (node.kind === 'logit' ? (node.probability ?? 0) : 0));
  return { matrix, kinds, weights, order };
}

/** What `prune` did to the nodes, read off the links that it kept; in place. */
function dropUnlinked({ nodes, links }: GraphModel, kept: Uint8Array, shown: Uint8Array): void {
  const outputs = new Uint8Array(nodes.length);
  const inputs = new Uint8Array(nodes.length);
  shown.forEach((bit, link) => {
    if (bit === 0) return;
    outputs[links.sources[link]] = 1;
    inputs[links.targets[link]] = 1;
  });
  nodes.forEach(({ kind }, node) => {
    if (staysAlways(kind)) return;
    if (outputs[node] === 0 || (inputs[node] === 0 && isFeatureKind(kind))) kept[node] = 0;
  });
}

function staysAlways(kind: string): boolean {
  return kind === 'token' || kind === 'logit';
}

function count(mask: Uint8Array): number {
  return mask.reduce((sum, bit) => sum + bit, 0);
}
