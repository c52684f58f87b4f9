import type { Value } from './graph.ts';
import { add } from './ops/arithmetic.ts';
import { onesLike, zerosLike } from './ops/shape.ts';
import { sameShape } from './shapes.ts';

/** A value and the cotangent that is injected there, of the same shape; without one, ones. */
export interface Seed {
  readonly value: Value;
  readonly cotangent?: Value;
}

/**
 * Reverse-mode automatic differentiation: the gradient of sum_i <cotangent_i, value_i> with respect to each of `wrt`,
 * as new nodes of the same graph. A value that the seeds do not depend on gets zeros.
 *
 * Nodes lie in topological order, so one walk backwards over them is enough (Griewank & Walther, Evaluating
 * Derivatives, algorithm 3.3); only nodes between `wrt` and the seeds are visited.
 */
export function gradient(seeds: readonly Seed[], wrt: readonly Value[]): Value[] {
  const graph = seeds[0]?.value.graph;
  if (graph === undefined) throw new TypeError('a gradient needs at least one seed');
  const dependent = new Set<Value>(wrt);
  const forwardNodes = graph.nodes.length;
  for (let index = 0; index < forwardNodes; index++) {
    const node = graph.nodes[index];
    if (node.differentiable.some(input => dependent.has(input))) for (const y of node.outputs) dependent.add(y);
  }
  const cotangents = new Map<Value, Value>();
  const accumulate = (value: Value, cotangent: Value): void => {
    if (!sameShape(value.shape, cotangent.shape)) {
      throw new TypeError(`cotangent [${cotangent.shape.join()}] of ${value.name} [${value.shape.join()}]`);
    }
    const sum = cotangents.get(value);
    cotangents.set(value, sum === undefined ? cotangent : add(sum, cotangent));
  };
  for (const { value, cotangent } of seeds) accumulate(value, cotangent ?? onesLike(value));
  for (let index = forwardNodes - 1; index >= 0; index--) {
    const node = graph.nodes[index];
    const incoming = node.outputs.map(output => cotangents.get(output));
    if (incoming.every(cotangent => cotangent === undefined)) continue;
    const wanted = node.differentiable.map(input => dependent.has(input));
    if (!wanted.includes(true)) continue;
    if (node.vjp === undefined) throw new TypeError(`${node.op} has no derivative`);
    const outgoing = node.vjp(incoming, wanted);
    node.differentiable.forEach((input, i) => {
      const cotangent = outgoing[i];
      if (wanted[i] && cotangent !== undefined) accumulate(input, cotangent);
    });
  }
  return wrt.map(value => cotangents.get(value) ?? zerosLike(value));
}
