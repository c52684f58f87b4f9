import type { SparseRows } from '../dictionary/index.ts';

/** The neurons of a layer on a prompt, each linear in its pre-activations; all [tokens, dMlp]. */
export interface LinearNeurons {
  readonly activations: Float32Array;
  /** activation = upShare * up + gateShare * gate, where both are constants. */
  readonly upShare: Float32Array;
  /** Undefined in a plain MLP. */
  readonly gateShare: Float32Array | undefined;
}

/**
 * RelP's rules (arXiv 2508.21258), by which relevance is conserved: an activation function f(z) becomes z times the
 * constant f(z) / z; in a gated MLP f(g) u = [f(g) / g] g u (for silu the bracket is the gate's sigmoid) with the
 * bracket constant, and of the product g u each factor gets one half: (f(g) u / 2g) g + (f(g) / 2) u. Neurons of
 * activation 0 read nothing.
 */
export function linearize(activations: Float32Array, up: Float32Array, gate: Float32Array | undefined): LinearNeurons {
  const share = (inputs: Float32Array, part: number): Float32Array =>
    activations.map((activation, i) => (activation === 0 ? 0 : (part * activation) / inputs[i]));
  if (gate === undefined) return { activations, upShare: share(up, 1), gateShare: undefined };
  return { activations, upShare: share(up, 0.5), gateShare: share(gate, 0.5) };
}

/** The neurons of each row that are not 0. values: [nRows, dMlp] */
export function nonzeroRows(values: Float32Array, nRows: number): SparseRows {
  const width = values.length / nRows;
  const rowStart = new Uint32Array(nRows + 1);
  const features = new Uint32Array(values.length);
  let count = 0;
  for (let row = 0; row < nRows; row++) {
    for (let i = 0; i < width; i++) if (values[row * width + i] !== 0) features[count++] = i;
    rowStart[row + 1] = count;
  }
  return { rowStart, features: features.slice(0, count), values: values.filter(value => value !== 0) };
}
