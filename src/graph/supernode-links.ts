import type { IndexedLinks } from './strongest-links.ts';

export interface SupernodeLink {
  /** Numbers of groups. */
  readonly source: number;
  readonly target: number;
  /** Signed share of the target group's inputs from outside it that the source group gives, -1 to 1. */
  readonly weight: number;
}

/**
 * Links between groups of nodes (numbers in the graph; each in one group at most), by the formula of Anthropic's viewer
 * (attribution-graphs-frontend, init-cg-subgraph.js):
 *
 *     W[S -> T] = sum over t in T, s in S of (A[s -> t] / E[t]) (E[t] / I[t])  /  sum over t in T of E[t] / I[t]
 *
 * where I[t] is the sum of the absolute inputs of t and E[t] of those from outside T: each member's inputs as shares,
 * weighted by how much of them comes from outside. Of two single nodes it is the link's share of the target's inputs.
 * Pairs without any link between them are left out, as are those whose links cancel exactly.
 */
export function supernodeLinks(
  { links, index, inputSums }: IndexedLinks,
  groups: readonly (readonly number[])[],
): SupernodeLink[] {
  const groupOf = new Map<number, number>();
  groups.forEach((members, group) => members.forEach(node => groupOf.set(node, group)));
  return groups.flatMap((members, target) => {
    /** Of A[s -> t] / I[t], by the source's group. */
    const sums = new Map<number, number>();
    /** Of E[t] / I[t]. */
    let outside = 0;
    for (const node of members) {
      for (let run = index.inputStart[node]; run < index.inputStart[node + 1]; run++) {
        const link = index.byTarget[run];
        const source = groupOf.get(links.sources[link]);
        if (source === target || links.weights[link] === 0) continue;
        const share = links.weights[link] / inputSums[node];
        outside += Math.abs(share);
        if (source !== undefined) sums.set(source, (sums.get(source) ?? 0) + share);
      }
    }
    return [...sums].filter(([, sum]) => sum !== 0).map(([source, sum]) => ({ source, target, weight: sum / outside }));
  });
}
