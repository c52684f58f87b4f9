import type { GraphLinks } from './types.ts';

/** The links of each node, as runs of link numbers. */
export interface LinkIndex {
  /** [nodes + 1]; the links into node n are byTarget[start[n]] to byTarget[start[n + 1] - 1]. */
  readonly inputStart: Uint32Array;
  readonly byTarget: Uint32Array;
  /** [nodes + 1]; the links out of node n likewise in bySource. */
  readonly outputStart: Uint32Array;
  readonly bySource: Uint32Array;
}

/** Sorts the links of a graph of `nodeCount` nodes by either end; within a run they keep their order. */
export function indexLinks(links: GraphLinks, nodeCount: number): LinkIndex {
  const inputs = runs(links.targets, nodeCount);
  const outputs = runs(links.sources, nodeCount);
  return { inputStart: inputs.start, byTarget: inputs.order, outputStart: outputs.start, bySource: outputs.order };
}

function runs(ends: Uint32Array, nodeCount: number): { start: Uint32Array; order: Uint32Array } {
  const start = new Uint32Array(nodeCount + 1);
  for (const end of ends) start[end + 1]++;
  for (let node = 0; node < nodeCount; node++) start[node + 1] += start[node];
  const next = start.slice(0, nodeCount);
  const order = new Uint32Array(ends.length);
  ends.forEach((end, link) => (order[next[end]++] = link));
  return { start, order };
}

/** The number of nodes that lie on cycles or drive one; 0 for an attribution graph, where effects only go up. */
export function nodesInCycles(links: GraphLinks, nodeCount: number): number {
  const { inputStart, byTarget } = indexLinks(links, nodeCount);
  const outputs = new Uint32Array(nodeCount);
  for (const source of links.sources) outputs[source]++;
  const done: number[] = [];
  outputs.forEach((count, node) => {
    if (count === 0) done.push(node);
  });
  for (let i = 0; i < done.length; i++) {
    for (let run = inputStart[done[i]]; run < inputStart[done[i] + 1]; run++) {
      const source = links.sources[byTarget[run]];
      if (--outputs[source] === 0) done.push(source);
    }
  }
  return nodeCount - done.length;
}
