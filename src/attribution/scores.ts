import { isErrorKind, type NodeKind } from '../graph/node-kinds.ts';
import { computeInfluence, inputSums, scaleOf } from './influence.ts';
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
 * `kinds` and `logitWeights` (w, zero except at the logits) are [N]; `influence` is that of the whole graph, where it is
 * known. Throws RangeError for a cyclic graph.
 */
export function graphScores(
  matrix: SparseMatrix,
  kinds: readonly NodeKind[],
  logitWeights: Float64Array,
  influence = computeInfluence(matrix, logitWeights),
): GraphScores {
  const { absolute } = inputSums(matrix);
  const errorShares = inputErrorShares(matrix, kinds, absolute);
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

/** [N]; the share of reconstruction errors in the absolute inputs of each node, whose sums are `absolute` [N]. */
export function inputErrorShares(
  matrix: SparseMatrix,
  kinds: readonly NodeKind[],
  absolute = inputSums(matrix).absolute,
): Float64Array {
  const isError = new Uint8Array(matrix.size);
  for (let node = 0; node < matrix.size; node++) if (isErrorKind(kinds[node])) isError[node] = 1;
  const shares = new Float64Array(matrix.size);
  for (let target = 0; target < matrix.size; target++) {
    const scale = scaleOf(absolute[target]);
    let share = 0;
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      if (isError[matrix.sources[entry]] === 1) share += Math.abs(matrix.weights[entry]) * scale;
    }
    shares[target] = share;
  }
  return shares;
}
