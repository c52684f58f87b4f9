import { isLeafKind } from './node-kinds.ts';
import type { LinkColumns } from './link-columns.ts';
import type { Problems } from './problems.ts';
import type { GraphLinks, GraphNode } from './types.ts';

/** The indices of the nodes that an id of the file may mean; empty if there is none. */
export type Candidates = (id: string) => readonly number[];

/** More nodes under one id are not told apart: the work must not grow with nodes times links. */
const MOST_CANDIDATES = 8;

/**
 * Turns the ids at the ends of links into indices of nodes. Links to missing nodes are left out and reported. Where
 * several nodes share the id, what a link can mean decides: leaves have no inputs, effects go up the layers, and
 * circuit-tracer writes the sources of a target in the order of the nodes.
 */
export function resolveLinks(
  links: LinkColumns,
  nodes: readonly GraphNode[],
  candidates: Candidates,
  problems: Problems,
): GraphLinks {
  const { sources, targets, weights } = links.columns;
  const ids = links.ids;
  const sourcesOf = ids.map(candidates);
  const targetOf = sourcesOf.map(found => found.find(node => !isLeafKind(nodes[node].kind)) ?? found[0]);
  const following = sourcesOf.some(found => found.length > 1) ? nextKnownSources(sources, targets, sourcesOf) : [];
  const resolved = { sources: new Uint32Array(links.count), targets: new Uint32Array(links.count) };
  let kept = 0;
  let lastSource = -1;
  for (let i = 0; i < links.count; i++) {
    const found = sourcesOf[sources[i]];
    const target = targetOf[targets[i]];
    if (found.length === 0 || target === undefined) {
      problems.add('dangling-link', ids[found.length === 0 ? sources[i] : targets[i]]);
      continue;
    }
    if (i > 0 && targets[i] !== targets[i - 1]) lastSource = -1;
    let source = found[0];
    if (found.length > 1) {
      const possible = found.slice(0, MOST_CANDIDATES).filter(node => reaches(nodes[node], nodes[target]));
      const inOrder = possible.filter(node => node > lastSource && node < following[i]);
      source = inOrder[0] ?? possible[0] ?? source;
      const certain = possible.length === 1 || (inOrder.length === 1 && found.length <= MOST_CANDIDATES);
      if (!certain) problems.add('ambiguous-link', `${ids[sources[i]]} to ${ids[targets[i]]}`);
    }
    lastSource = source;
    resolved.sources[kept] = source;
    resolved.targets[kept] = target;
    weights[kept++] = weights[i];
  }
  return {
    sources: resolved.sources.slice(0, kept),
    targets: resolved.targets.slice(0, kept),
    weights: weights.slice(0, kept),
  };
}

/** For each link the next source of the same target that only one node can be; Infinity if there is none. */
function nextKnownSources(
  sources: Uint32Array,
  targets: Uint32Array,
  sourcesOf: readonly (readonly number[])[],
): Float64Array {
  const next = new Float64Array(sources.length).fill(Infinity);
  for (let i = sources.length - 2; i >= 0; i--) {
    if (targets[i + 1] !== targets[i]) continue;
    const after = sourcesOf[sources[i + 1]];
    next[i] = after.length === 1 ? after[0] : next[i + 1];
  }
  return next;
}

/** Effects go from lower to higher layers and never back in the text. */
function reaches(source: GraphNode, target: GraphNode): boolean {
  return source.layer < target.layer && source.position <= target.position;
}
