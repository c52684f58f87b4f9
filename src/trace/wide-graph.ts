import type { AttributionResult } from '../attribution/attribute.ts';
import { edgeScores, type PruneResult, type PruneThresholds } from '../attribution/prune.ts';
import type { JsonRecord } from '../graph/types.ts';

/**
 * What a graph keeps that is to be pruned again later: all links among the nodes that hold .95 of the influence. Any
 * view up to that node threshold is the one that pruning the whole graph gives (`pruneGraph`).
 */
export const WIDE_THRESHOLDS: PruneThresholds = { nodeThreshold: 0.95, edgeThreshold: 1 };

/** Links of a wide graph, at most: some 10 MB of file. */
export const MOST_WIDE_LINKS = 100_000;

/**
 * The pruning of a result that was made with `WIDE_THRESHOLDS`, cut to the links that pass on most influence, and what
 * the graph's record says of it.
 */
export function widePruning(
  { matrix, logitWeights, pruned }: Pick<AttributionResult, 'matrix' | 'logitWeights' | 'pruned'>,
  mostLinks = MOST_WIDE_LINKS,
): { pruning: PruneResult; details: JsonRecord } {
  const found = pruned.edgeKept.reduce((sum, kept) => sum + kept, 0);
  if (found <= mostLinks) return { pruning: pruned, details: { links: 'all' } };
  const scores = edgeScores(matrix, logitWeights, pruned.nodeKept);
  const floor = scores.filter((_, i) => pruned.edgeKept[i] === 1).sort()[found - mostLinks];
  const edgeKept = pruned.edgeKept.map((kept, i) => (kept === 1 && scores[i] >= floor ? 1 : 0));
  return { pruning: { ...pruned, edgeKept }, details: { links: 'strongest', links_left_out: found - mostLinks } };
}
