import type { Value, VectorJacobianProduct } from '../graph.ts';

/** The same value, treated as a constant by `gradient` (frozen). */
export function stopGradient(x: Value): Value {
  return x.graph.node('Identity', [x], [x], { differentiable: [] })[0];
}

/** The value of `y` with a derivative of one's own with respect to `inputs`, such as a straight-through estimate. */
export function customGradient(y: Value, inputs: readonly Value[], vjp: VectorJacobianProduct): Value {
  return y.graph.node('Identity', [y], [y], { differentiable: inputs, vjp })[0];
}
