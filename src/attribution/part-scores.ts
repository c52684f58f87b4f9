import type { NodeKind } from '../graph/node-kinds.ts';
import { graphScores, type GraphScores } from './scores.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** What a row has beyond the nodes of its graph. */
const LEFT_OUT: NodeKind = 'left out error';

/**
 * The scores of a graph without errors that holds a part of the nodes, as one of neurons within a budget: inputs that
 * are left out count as errors do, so that the scores say how much of the computation the graph holds. Without this all
 * of them would be 1. `totals` [N] are the sums of the absolute inputs of each node, from all sources.
 */
export function scoresOfPart(
  matrix: SparseMatrix,
  kinds: readonly NodeKind[],
  logitWeights: Float64Array,
  totals: Float64Array,
): GraphScores {
  const { size, rowStart } = matrix;
  const sources = new Uint32Array(matrix.sources.length + size);
  const weights = new Float32Array(sources.length);
  const starts = new Uint32Array(size + 2);
  for (let target = 0, next = 0; target < size; target++) {
    let rest = totals[target];
    for (let entry = rowStart[target]; entry < rowStart[target + 1]; entry++) {
      sources[next] = matrix.sources[entry];
      weights[next++] = matrix.weights[entry];
      rest -= Math.abs(matrix.weights[entry]);
    }
    sources[next] = size;
    weights[next++] = Math.max(0, rest);
    starts[target + 1] = starts[target + 2] = next;
  }
  const whole = { size: size + 1, rowStart: starts, sources, weights };
  return graphScores(whole, [...kinds, LEFT_OUT], Float64Array.of(...logitWeights, 0));
}
