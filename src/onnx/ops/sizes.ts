import type { Graph, Value } from '../graph.ts';

const found = new WeakMap<Graph, Map<string, Value>>();

/**
 * The size of a named dimension, int64 [1], read from an input of the graph that has the name; a product ("3*tokens")
 * from its factors, a sum ("(some+others)", what tensors one after the other have) from its terms. undefined when no
 * input has it.
 */
export function namedSize(graph: Graph, name: string): Value | undefined {
  let sizes = found.get(graph);
  if (sizes === undefined) found.set(graph, (sizes = new Map<string, Value>()));
  const known = sizes.get(name);
  if (known !== undefined) return known;
  const size = name.includes('*')
    ? combinedSize(graph, name.split('*'), 'Mul')
    : name.startsWith('(')
      ? combinedSize(graph, name.slice(1, -1).split('+'), 'Add')
      : inputSize(graph, name);
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

function combinedSize(graph: Graph, parts: readonly string[], op: 'Mul' | 'Add'): Value | undefined {
  let combined: Value | undefined;
  for (const part of parts) {
    const size = /^\d+$/.test(part) ? graph.integers([Number(part)]) : namedSize(graph, part);
    if (size === undefined) return undefined;
    combined =
      combined === undefined
        ? size
        : graph.node(op, [combined, size], [{ dtype: 'int64', shape: [1] }], { differentiable: [] })[0];
  }
  return combined;
}
