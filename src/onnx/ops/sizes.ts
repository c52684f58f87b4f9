import type { Graph, Value } from '../graph.ts';

const found = new WeakMap<Graph, Map<string, Value>>();

/**
 * The size of a named dimension, int64 [1], read from an input of the graph that has the name; a product ("3*tokens")
 * from its factors. undefined when no input has it.
 */
export function namedSize(graph: Graph, name: string): Value | undefined {
  let sizes = found.get(graph);
  if (sizes === undefined) found.set(graph, (sizes = new Map<string, Value>()));
  const known = sizes.get(name);
  if (known !== undefined) return known;
  const size = name.includes('*') ? productSize(graph, name) : inputSize(graph, name);
  if (size !== undefined) sizes.set(name, size);
  return size;
}

/** The size of one axis of `x`, int64 [1]. */
export function sizeOfAxis(x: Value, axis: number): Value {
  return x.graph.node('Shape', [x], [{ dtype: 'int64', shape: [1] }], {
    attributes: { start: axis, end: axis + 1 },
    differentiable: [],
  })[0];
}

function inputSize(graph: Graph, name: string): Value | undefined {
  for (const input of graph.inputs) {
    const axis = input.shape.indexOf(name);
    if (axis >= 0) return sizeOfAxis(input, axis);
  }
  return undefined;
}

function productSize(graph: Graph, name: string): Value | undefined {
  let product: Value | undefined;
  for (const factor of name.split('*')) {
    const size = /^\d+$/.test(factor) ? graph.integers([Number(factor)]) : namedSize(graph, factor);
    if (size === undefined) return undefined;
    product =
      product === undefined
        ? size
        : graph.node('Mul', [product, size], [{ dtype: 'int64', shape: [1] }], { differentiable: [] })[0];
  }
  return product;
}
