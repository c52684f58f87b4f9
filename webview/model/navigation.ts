import { rankedLinks, type Side } from '../../src/graph/strongest-links.ts';
import type { Layout, PlacedNode } from './layout.ts';
import type { GraphModel } from './graph-model.ts';

export type Direction = 'up' | 'down' | 'left' | 'right';

/**
 * The nearest node in a direction: up and down go to the next layer that has nodes (the nearest one across), left and
 * right along the layer. Undefined at the rim.
 */
export function neighbour(model: GraphModel, layout: Layout, node: number, direction: Direction): number | undefined {
  const from = layout.placed.find(placed => placed.node === node);
  if (from === undefined) return undefined;
  const vertical = direction === 'up' || direction === 'down';
  const sign = direction === 'down' || direction === 'right' ? 1 : -1;
  const ahead = layout.placed.filter(placed => {
    if (placed.node === node) return false;
    if (vertical) return sign * (placed.y - from.y) > 1;
    return rowOf(model, placed.node) === rowOf(model, node) && sign * (placed.x - from.x) > 1;
  });
  const distance = ({ x, y }: PlacedNode): number =>
    vertical ? Math.abs(y - from.y) + 2 * Math.abs(x - from.x) : Math.abs(x - from.x) + 2 * Math.abs(y - from.y);
  // Up and down first leave no row out: a file of nodes in one cell is walked through.
  let best: PlacedNode | undefined;
  for (const placed of ahead) {
    if (best === undefined || distance(placed) < distance(best)) best = placed;
  }
  return best?.node;
}

function rowOf({ nodes }: GraphModel, node: number): number {
  return nodes[node].kind === 'logit' ? Infinity : nodes[node].layer;
}

/** The strongest shown input or output of a node; `skip` 1 is the second strongest and so on, around. */
export function strongestNeighbour(
  model: GraphModel,
  shown: Uint8Array,
  node: number,
  side: Side,
  skip = 0,
): number | undefined {
  const others = rankedLinks(model, [node], side)
    .map(({ other }) => other)
    .filter(other => shown[other] === 1);
  return others.length === 0 ? undefined : others[skip % others.length];
}

/** Where the keyboard begins: the likeliest logit, else the strongest node. */
export function firstNode(model: GraphModel, shown: Uint8Array): number | undefined {
  let best: number | undefined;
  const better = (a: number, b: number): boolean => {
    const [p, q] = [model.nodes[a].probability ?? -1, model.nodes[b].probability ?? -1];
    return p !== q ? p > q : model.rank[a] < model.rank[b];
  };
  shown.forEach((bit, node) => {
    if (bit === 1 && (best === undefined || better(node, best))) best = node;
  });
  return best;
}
