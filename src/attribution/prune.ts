import { CircuitError } from '../errors.ts';
import { isFeatureKind, type NodeKind } from '../graph/node-kinds.ts';
import { cumulativeFractions, cumulativeThreshold } from './cumulative.ts';
import { computeInfluence, rowScales } from './influence.ts';
import { restrict, type SparseMatrix } from './sparse-matrix.ts';

export interface PruneThresholds {
  /** Keep the strongest nodes that together hold this share of all influence. */
  readonly nodeThreshold: number;
  /** Then the strongest edges that together hold this share of all edge influence. */
  readonly edgeThreshold: number;
}

/** circuit-tracer's defaults. */
export const DEFAULT_THRESHOLDS: PruneThresholds = { nodeThreshold: 0.8, edgeThreshold: 0.98 };

export interface PruneResult {
  /** [N]; 1 = kept. */
  readonly nodeKept: Uint8Array;
  /** [entries of the matrix]; 1 = kept. */
  readonly edgeKept: Uint8Array;
  /** [N]; influence before pruning (`computeInfluence`). */
  readonly influence: Float64Array;
  /** [N]; the share of all influence held by this node and all stronger ones: `influence` in the interchange JSON. */
  readonly cumulativeScores: Float64Array;
}

/**
 * circuit-tracer's `prune_graph` on sparse rows:
 *
 * 1. keep the nodes whose influence is at least the value at which the descending cumulative share reaches
 *    `nodeThreshold`; tokens and logits always stay;
 * 2. among them, with N' the rows normalised again and influence' computed again, keep the edges whose
 *    N'[t, s] (influence'[t] + w[t]) is at least the value at which their cumulative share reaches `edgeThreshold`;
 * 3. drop features, errors and other leaves without outgoing edges and features without incoming ones, until stable.
 *
 * It differs in one thing: nodes and edges without any influence are never kept by a threshold (circuit-tracer keeps
 * all of them, or none, when a threshold is 1, depending on rounding).
 *
 * `kinds` and `logitWeights` are [N]. Errors: `usage` for a threshold outside 0 to 1.
 */
export function prune(
  matrix: SparseMatrix,
  kinds: readonly NodeKind[],
  logitWeights: Float64Array,
  thresholds: PruneThresholds = DEFAULT_THRESHOLDS,
): PruneResult {
  assertShare('node threshold', thresholds.nodeThreshold);
  assertShare('edge threshold', thresholds.edgeThreshold);
  const influence = computeInfluence(matrix, logitWeights);
  const nodeFloor = cumulativeThreshold(influence, thresholds.nodeThreshold);
  const nodeKept = new Uint8Array(matrix.size);
  for (let node = 0; node < matrix.size; node++) {
    if (influence[node] >= nodeFloor || isAlwaysKept(kinds[node])) nodeKept[node] = 1;
  }
  // All that follows concerns the kept nodes alone, which have few of the edges.
  const { matrix: among, nodes, entries } = restrict(matrix, nodeKept);
  const scores = allEdgeScores(
    among,
    Float64Array.from(nodes, node => logitWeights[node]),
  );
  const edgeFloor = cumulativeThreshold(scores, thresholds.edgeThreshold);
  const stays = new Uint8Array(among.size).fill(1);
  const edgeStays = new Uint8Array(scores.length);
  for (let entry = 0; entry < scores.length; entry++) if (scores[entry] >= edgeFloor) edgeStays[entry] = 1;
  const keptKinds = Array.from(nodes, node => kinds[node]);
  dropUnconnected(among, keptKinds, stays, edgeStays);
  for (let i = 0; i < nodes.length; i++) nodeKept[nodes[i]] = stays[i];
  const edgeKept = new Uint8Array(matrix.sources.length);
  for (let i = 0; i < entries.length; i++) edgeKept[entries[i]] = edgeStays[i];
  return { nodeKept, edgeKept, influence, cumulativeScores: cumulativeFractions(influence) };
}

/** [entries]; N'[t, s] (influence'[t] + w[t]) among the kept nodes, 0 elsewhere: circuit-tracer's `compute_edge_influence`. */
export function edgeScores(matrix: SparseMatrix, logitWeights: Float64Array, nodeKept: Uint8Array): Float64Array {
  const { matrix: among, nodes, entries } = restrict(matrix, nodeKept);
  const ofKept = allEdgeScores(
    among,
    Float64Array.from(nodes, node => logitWeights[node]),
  );
  const scores = new Float64Array(matrix.sources.length);
  for (let i = 0; i < entries.length; i++) scores[entries[i]] = ofKept[i];
  return scores;
}

/** [entries]; the same where all nodes are kept. */
function allEdgeScores(matrix: SparseMatrix, logitWeights: Float64Array): Float64Array {
  const scales = rowScales(matrix);
  const influence = computeInfluence(matrix, logitWeights);
  const scores = new Float64Array(matrix.sources.length);
  for (let target = 0; target < matrix.size; target++) {
    const factor = scales[target];
    const output = influence[target] + logitWeights[target];
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      scores[entry] = Math.abs(matrix.weights[entry]) * factor * output;
    }
  }
  return scores;
}

/** Step 3, in place. Each round costs one pass over the edges; a graph of L layers needs at most L + 1 rounds. */
function dropUnconnected(
  matrix: SparseMatrix,
  kinds: readonly NodeKind[],
  nodeKept: Uint8Array,
  edgeKept: Uint8Array,
): void {
  for (let changed = true; changed;) {
    changed = false;
    const hasOutgoing = new Uint8Array(matrix.size);
    const hasIncoming = new Uint8Array(matrix.size);
    for (let target = 0; target < matrix.size; target++) {
      for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
        const source = matrix.sources[entry];
        edgeKept[entry] &= nodeKept[target] & nodeKept[source];
        if (edgeKept[entry] === 0) continue;
        hasOutgoing[source] = 1;
        hasIncoming[target] = 1;
      }
    }
    for (let node = 0; node < matrix.size; node++) {
      if (nodeKept[node] === 0 || isAlwaysKept(kinds[node])) continue;
      if (hasOutgoing[node] === 1 && (hasIncoming[node] === 1 || !isFeatureKind(kinds[node]))) continue;
      nodeKept[node] = 0;
      changed = true;
    }
  }
}

function isAlwaysKept(kind: NodeKind): boolean {
  return kind === 'token' || kind === 'logit';
}

function assertShare(name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new CircuitError('usage', `The ${name} ${value} is not a share.`, 'Give a number from 0 to 1.');
}
