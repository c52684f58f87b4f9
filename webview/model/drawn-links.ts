import type { GraphModel } from './graph-model.ts';

/** Without a selection no more edges than these are drawn: the strongest. */
export const MOST_LINKS = 1500;
/** More edges than these are left away around a selection while the rest of the graph has many. */
export const MOST_NODES = 2000;

export interface DrawnLinks {
  /** Link numbers, weakest first, so that strong edges lie on top. */
  readonly links: readonly number[];
  /** Shown by the pruning, but not drawn. */
  readonly hidden: number;
}

/**
 * Which links are drawn: all that the mask shows, or the `limit` of largest magnitude; with a selection, those that
 * touch it in any case, and alone when the others would go over the limit.
 */
export function drawnLinks(
  { links }: GraphModel,
  shown: Uint8Array,
  nodesShown: Uint8Array,
  selection: ReadonlySet<number>,
  limit = MOST_LINKS,
): DrawnLinks {
  const all: number[] = [];
  const touching: number[] = [];
  shown.forEach((bit, link) => {
    if (bit === 0 || nodesShown[links.sources[link]] === 0 || nodesShown[links.targets[link]] === 0) return;
    all.push(link);
    if (selection.has(links.sources[link]) || selection.has(links.targets[link])) touching.push(link);
  });
  const weaker = (a: number, b: number): number => Math.abs(links.weights[a]) - Math.abs(links.weights[b]) || b - a;
  if (all.length <= limit) return { links: all.sort(weaker), hidden: 0 };
  const drawn = (selection.size > 0 ? touching : all).sort(weaker).slice(-limit);
  return { links: drawn, hidden: all.length - drawn.length };
}

/** [N]; `nodes` cut to the `limit` of most influence; those of `first` come first, the outputs before all. */
export function strongestNodes(
  { influence, nodes: { length } }: GraphModel,
  nodes: Uint8Array,
  first: ReadonlySet<number>,
  limit = MOST_NODES,
): Uint8Array {
  const order: number[] = [];
  nodes.forEach((bit, node) => {
    if (bit === 1) order.push(node);
  });
  if (order.length <= limit) return nodes;
  order.sort((a, b) => Number(first.has(b)) - Number(first.has(a)) || influence[a] - influence[b] || a - b);
  const kept = new Uint8Array(length);
  for (const node of order.slice(0, limit)) kept[node] = 1;
  return kept;
}
