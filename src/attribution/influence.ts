import type { SparseMatrix } from './sparse-matrix.ts';

/** Below this sum of absolute inputs a row counts as having none (circuit-tracer's clamp). */
const SMALLEST_ROW_SUM = 1e-10;

/** What flows into each node. The two differ where inputs cancel: +10 and -10 look strong only in `absolute`. */
export interface InputSums {
  /** [N]; sum of the weights. With every leaf in the graph this is the pre-activation (or centred logit). */
  readonly signed: Float64Array;
  /** [N]; sum of the absolute weights, the denominator of the normalisation. */
  readonly absolute: Float64Array;
}

/** Row sums of `matrix`. */
export function inputSums(matrix: SparseMatrix): InputSums {
  const signed = new Float64Array(matrix.size);
  const absolute = new Float64Array(matrix.size);
  for (let target = 0; target < matrix.size; target++) {
    let sum = 0;
    let magnitude = 0;
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      const weight = matrix.weights[entry];
      sum += weight;
      magnitude += Math.abs(weight);
    }
    signed[target] = sum;
    absolute[target] = magnitude;
  }
  return { signed, absolute };
}

/**
 * [N]; 1 / max(sum of |inputs|, 1e-10), the factor that turns row t of |A| into row t of N: circuit-tracer's
 * `normalize_matrix`, N = |A| / max(row sum, 1e-10).
 */
export function rowScales(matrix: SparseMatrix): Float64Array {
  return inputSums(matrix).absolute.map(scaleOf);
}

/** The same factor from a row's sum of absolute inputs. */
export function scaleOf(absoluteSum: number): number {
  return 1 / Math.max(absoluteSum, SMALLEST_ROW_SUM);
}

/**
 * [N], float64: how much of the logit weights w passes through each node, w N + w N^2 + w N^3 + ... with the rows of
 * |A| normalised to N (`rowScales`); Ameisen et al. 2025 ("Circuit Tracing", graph pruning), circuit-tracer's
 * `compute_node_influence`. circuit-tracer adds the terms of the series until one is all zero. Here every node passes
 * its complete influence on once, targets before sources, which is the same sum in one pass over the entries. Logits
 * get 0 unless they are sources.
 *
 * `logitWeights` is [N], zero except at the logits.
 * Throws RangeError if the graph has a cycle or a weight is not finite: attribution cannot make either.
 */
export function computeInfluence(matrix: SparseMatrix, logitWeights: Float64Array): Float64Array {
  const order = targetsFirst(matrix);
  if (order === undefined) throw new RangeError('influence is not defined: the graph has a cycle');
  const scales = rowScales(matrix);
  const influence = new Float64Array(matrix.size);
  for (const target of order) {
    const passed = (influence[target] + logitWeights[target]) * scales[target];
    if (!Number.isFinite(passed)) throw new RangeError(`the inputs of node ${target} are not finite`);
    if (passed === 0) continue;
    for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
      influence[matrix.sources[entry]] += Math.abs(matrix.weights[entry]) * passed;
    }
  }
  return influence;
}

/** All nodes such that each comes before its sources (entries of weight 0 are no edges), or undefined for a cycle. */
export function targetsFirst(matrix: SparseMatrix): Uint32Array | undefined {
  const { size, rowStart, sources, weights } = matrix;
  if (hasTargetsLast(matrix)) return lastFirst(matrix);
  const waiting = new Uint32Array(size);
  for (let entry = 0; entry < sources.length; entry++) {
    if (weights[entry] !== 0) waiting[sources[entry]]++;
  }
  const order = new Uint32Array(size);
  let found = 0;
  for (let node = 0; node < size; node++) {
    if (waiting[node] === 0) order[found++] = node;
  }
  for (let done = 0; done < found; done++) {
    const target = order[done];
    for (let entry = rowStart[target]; entry < rowStart[target + 1]; entry++) {
      if (weights[entry] !== 0 && --waiting[sources[entry]] === 0) order[found++] = sources[entry];
    }
  }
  return found === size ? order : undefined;
}

/** Whether every source that has inputs of its own comes before its targets, as in the order of a trace. */
function hasTargetsLast({ size, rowStart, sources }: SparseMatrix): boolean {
  for (let target = 0; target < size; target++) {
    // Sources ascend: those that come before need no look.
    for (let entry = rowStart[target + 1] - 1; entry >= rowStart[target] && sources[entry] >= target; entry--) {
      if (rowStart[sources[entry] + 1] > rowStart[sources[entry]]) return false;
    }
  }
  return true;
}

/** The nodes with inputs, the last one first, and then those without. */
function lastFirst({ size, rowStart }: SparseMatrix): Uint32Array {
  const order = new Uint32Array(size);
  let [next, end] = [0, size];
  for (let node = size - 1; node >= 0; node--) {
    if (rowStart[node + 1] > rowStart[node]) order[next++] = node;
    else order[--end] = node;
  }
  return order;
}
