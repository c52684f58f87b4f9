import type { Value } from '../graph.ts';
import { positiveAxis, product } from '../shapes.ts';
import { cast, equal } from './arithmetic.ts';
import { expandLike, reshape, unsqueeze, zerosLike } from './shape.ts';

/** Rows of a table: result[.., :] = table[indices[..], :]. Indices are int64 in [0, rows). */
export function gatherRows(table: Value, indices: Value): Value {
  const shape = [...indices.shape, ...table.shape.slice(1)];
  return table.graph.node('Gather', [table, indices], [{ dtype: table.dtype, shape }], {
    attributes: { axis: 0 },
    differentiable: [table],
    vjp: ([g]) => [scatterAdd(zerosLike(table), indices, g!)],
  })[0];
}

/**
 * `table` with `updates[i.., :]` added to row indices[i..]; repeated indices add up. By ScatterElements: ScatterND adds
 * with several threads at once, and loses updates where two of them meet in one row (ONNX Runtime 1.30, CPU).
 */
export function scatterAdd(table: Value, indices: Value, updates: Value): Value {
  const width = table.shape.length - 1;
  const count = product(indices.shape);
  const rows = reshape(updates, [count, ...table.shape.slice(1)]);
  const trailing = Array.from({ length: width }, (_, axis) => axis + 1);
  const places = expandLike(unsqueeze(reshape(indices, [count]), trailing), rows);
  return table.graph.node('ScatterElements', [table, places, rows], [{ dtype: table.dtype, shape: table.shape }], {
    attributes: { axis: 0, reduction: 'add' },
    differentiable: [table, updates],
    vjp: ([g], wanted) => [wanted[0] ? g : undefined, wanted[1] ? gatherRows(g!, indices) : undefined],
  })[0];
}

/** 1 where the last axis' index equals the entry of `indices` (int64), else 0: [.., depth]. */
export function oneHot(indices: Value, depth: number): Value {
  const classes = indices.graph.constant(
    BigInt64Array.from({ length: depth }, (_, i) => BigInt(i)),
    [depth],
  );
  return cast(equal(unsqueeze(indices, [indices.shape.length]), classes), 'float32');
}

/** The k largest values of the last axis and their int64 positions, unsorted unless asked. No derivative. */
export function topK(x: Value, k: number | Value, { sorted = false } = {}): { values: Value; indices: Value } {
  const axis = positiveAxis(-1, x.shape.length);
  const count = typeof k === 'number' ? x.graph.integers([k]) : k;
  const shape = [...x.shape.slice(0, -1), typeof k === 'number' ? k : 'k'];
  const [values, indices] = x.graph.node(
    'TopK',
    [x, count],
    [
      { dtype: x.dtype, shape },
      { dtype: 'int64', shape },
    ],
    { attributes: { axis, largest: 1, sorted: sorted ? 1 : 0 } },
  );
  return { values, indices };
}

/** One element of each row: result[.., j] = x[.., indices[.., j]] along the last axis. Indices are int64. */
export function gatherElements(x: Value, indices: Value): Value {
  return x.graph.node('GatherElements', [x, indices], [{ dtype: x.dtype, shape: indices.shape }], {
    attributes: { axis: -1 },
    differentiable: [x],
    vjp: ([g]) => [scatterElementsAdd(zerosLike(x), indices, g!)],
  })[0];
}

/** `x` with updates[.., j] added at position indices[.., j] of the last axis; repeated indices add up. */
export function scatterElementsAdd(x: Value, indices: Value, updates: Value): Value {
  return x.graph.node('ScatterElements', [x, indices, updates], [{ dtype: x.dtype, shape: x.shape }], {
    attributes: { axis: -1, reduction: 'add' },
    differentiable: [x, updates],
    vjp: ([g], wanted) => [wanted[0] ? g : undefined, wanted[1] ? gatherElements(g!, indices) : undefined],
  })[0];
}
