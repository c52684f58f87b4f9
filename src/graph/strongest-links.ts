import { indexLinks, type LinkIndex } from './link-index.ts';
import type { AttributionGraph, GraphLinks } from './types.ts';

export type Side = 'inputs' | 'outputs';

/** The links of a graph with what ranking them takes. */
export interface IndexedLinks {
  readonly links: GraphLinks;
  readonly index: LinkIndex;
  /** [N]; sum of the absolute weights into each node. */
  readonly inputSums: Float64Array;
}

export function indexedLinks(links: GraphLinks, nodeCount: number): IndexedLinks {
  const inputSums = new Float64Array(nodeCount);
  links.targets.forEach((target, link) => (inputSums[target] += Math.abs(links.weights[link])));
  return { links, index: indexLinks(links, nodeCount), inputSums };
}

export interface RankedLink {
  readonly link: number;
  /** The node at the other end, as its number in the graph. */
  readonly other: number;
  readonly weight: number;
  /** |weight| over the sum of the absolute inputs of the link's target, 0 to 1. */
  readonly share: number;
}

/**
 * The links into or out of some nodes (numbers in the graph), strongest first; those of equal weight in the graph's
 * order. Links among the nodes themselves count for both sides, links of weight 0 do not.
 */
export function rankedLinks(
  { links, index, inputSums }: IndexedLinks,
  of: readonly number[],
  side: Side,
): RankedLink[] {
  const { weights, targets } = links;
  const [start, order, ends] =
    side === 'inputs'
      ? [index.inputStart, index.byTarget, links.sources]
      : [index.outputStart, index.bySource, links.targets];
  const ranked: RankedLink[] = [];
  for (const node of of) {
    for (let run = start[node]; run < start[node + 1]; run++) {
      const link = order[run];
      const weight = weights[link];
      if (weight === 0) continue;
      ranked.push({ link, other: ends[link], weight, share: Math.abs(weight) / inputSums[targets[link]] });
    }
  }
  return ranked.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.link - b.link);
}

/** The first `count` of `rankedLinks`, over the whole graph. */
export function strongestLinks(
  { nodes, links }: Pick<AttributionGraph, 'nodes' | 'links'>,
  of: readonly number[],
  side: Side,
  count: number,
): RankedLink[] {
  return rankedLinks(indexedLinks(links, nodes.length), of, side).slice(0, count);
}
