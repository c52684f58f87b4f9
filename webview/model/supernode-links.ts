import type { GraphModel } from './graph-model.ts';

export interface GroupLink {
  /** Numbers of groups. */
  readonly source: number;
  readonly target: number;
  /** Signed share of the target group's inputs from outside it that the source group gives, -1 to 1. */
  readonly weight: number;
}

/**
 * Links between groups of nodes, by the formula of Anthropic's viewer: sum over t in T and s in S of A[s -> t] / I[t],
 * over the sum of E[t] / I[t], where I[t] is the sum of the absolute inputs of t and E[t] of those from outside T.
 * A node belongs to one group at most.
 */
export function groupLinks(model: GraphModel, groups: readonly (readonly number[])[]): GroupLink[] {
  const { links, inputSums, index } = model;
  const groupOf = new Map<number, number>();
  groups.forEach((members, group) => members.forEach(node => groupOf.set(node, group)));
  const found: GroupLink[] = [];
  groups.forEach((members, target) => {
    const sums = new Map<number, number>();
    let outside = 0;
    for (const node of members) {
      if (inputSums[node] === 0) continue;
      for (let run = index.inputStart[node]; run < index.inputStart[node + 1]; run++) {
        const link = index.byTarget[run];
        const source = groupOf.get(links.sources[link]);
        if (source === target) continue;
        const share = links.weights[link] / inputSums[node];
        outside += Math.abs(share);
        if (source !== undefined) sums.set(source, (sums.get(source) ?? 0) + share);
      }
    }
    for (const [source, sum] of sums) if (sum !== 0) found.push({ source, target, weight: sum / outside });
  });
  return found;
}
