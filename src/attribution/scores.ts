import { isErrorKind, type NodeKind } from '../graph/node-kinds.ts';
import { computeInfluence, inputSums, rowScales } from './influence.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** How much of the computation a graph explains, each from 0 to 1; NaN where it is not defined. */
export interface GraphScores {
  /** sum of influence(tokens) / (influence(tokens) + influence(errors)). NaN if neither has any. */
  readonly replacement: number;
  /**
   * sum over all nodes of (1 - e[t]) (influence[t] + w[t]) / sum of (influence[t] + w[t]), where e[t] is the share of
   * errors in the absolute inputs of t: circuit-tracer's. It counts tokens and errors, which have no inputs, as
   * complete, and so is too high. NaN if nothing has influence.
   */
  readonly completeness: number;
  /** The same sum over the nodes that have inputs. NaN if none has. */
  readonly strictCompleteness: number;
}

/**
 * The scores of Ameisen et al. 2025 ("Circuit Tracing", evaluating attribution graphs) as circuit-tracer's
 * `compute_graph_scores` defines them, and completeness without its inflation (a logit of half a feature and half an
 * error, that feature all error: completeness .60, strict 1/3). Take them on the whole graph: a pruned one flatters.
 * `kinds` and `logitWeights` (w, zero except at the logits) are [N]. Throws RangeError for a cyclic graph.
 */
export function graphScores(matrix: SparseMatrix, kinds: readonly NodeKind[], logitWeights: Float64Array): GraphScores {
  const influence = computeInfluence(matrix, logitWeights);
  const errorShares = inputErrorShares(matrix, kinds);
  const { absolute } = inputSums(matrix);
  let [tokens, errors, complete, all, strictlyComplete, withInputs] = [0, 0, 0, 0, 0, 0];
  for (let node = 0; node < matrix.size; node++) {
    if (kinds[node] === 'token') tokens += influence[node];
    if (isErrorKind(kinds[node])) errors += influence[node];
    const output = influence[node] + logitWeights[node];
    complete += (1 - errorShares[node]) * output;
    all += output;
    if (absolute[node] === 0) continue;
    strictlyComplete += (1 - errorShares[node]) * output;
    withInputs += output;
  }
  return {
    replacement: tokens / (tokens + errors),
    completeness: complete / all,
    strictCompleteness: strictlyComplete / withInputs,
  };
}

/** [N]; the share of reconstruction errors in the absolute inputs of each node. */
export function inputErrorShares(matrix: SparseMatrix, kinds: readonly NodeKind[]): Float64Array {
  const shares = new Float64Array(matrix.size);
  const scales = rowScales(matrix);
  for (let target = 0; target < matrix.size; target++) {
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      if (isErrorKind(kinds[matrix.sources[entry]])) shares[target] += Math.abs(matrix.weights[entry]) * scales[target];
    }
  }
  return shares;
}
