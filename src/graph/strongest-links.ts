import { indexLinks } from './link-index.ts';
import type { AttributionGraph } from './types.ts';

export interface StrongLink {
  /** The node at the other end, as its number in the graph. */
  readonly other: number;
  readonly weight: number;
  /** |weight| over the sum of the absolute inputs of the link's target, 0 to 1. */
  readonly share: number;
}

/**
 * The strongest links into or out of some nodes (numbers in the graph), strongest first, over the whole graph. Links
 * among the nodes themselves count for both sides.
 */
export function strongestLinks(
  { nodes, links }: Pick<AttributionGraph, 'nodes' | 'links'>,
  of: readonly number[],
  side: 'inputs' | 'outputs',
  count: number,
): StrongLink[] {
  const index = indexLinks(links, nodes.length);
  const [start, order, ends] =
    side === 'inputs'
      ? [index.inputStart, index.byTarget, links.sources]
      : [index.outputStart, index.bySource, links.targets];
  const inputSum = (target: number): number => {
    let sum = 0;
    for (let run = index.inputStart[target]; run < index.inputStart[target + 1]; run++) {
      sum += Math.abs(links.weights[index.byTarget[run]]);
    }
    return sum;
  };
  const strongest = of
    .flatMap(node => [...order.subarray(start[node], start[node + 1])])
    .filter(link => links.weights[link] !== 0)
    .sort((a, b) => Math.abs(links.weights[b]) - Math.abs(links.weights[a]) || a - b)
    .slice(0, count);
  return strongest.map(link => ({
    other: ends[link],
    weight: links.weights[link],
    share: Math.abs(links.weights[link]) / inputSum(links.targets[link]),
  }));
}
