import type { Value } from '../graph.ts';
import { broadcast, positiveAxes, positiveAxis, product, sameShape } from '../shapes.ts';
import type { Attributes, Dimension, Shape } from '../types.ts';
import { scalar } from './arithmetic.ts';
import { sumTo } from './reduce.ts';
import { namedSize, sizeOfAxis } from './sizes.ts';

/** The runtime shape of `x` as an int64 vector. */
export function shapeOf(x: Value): Value {
  return x.graph.node('Shape', [x], [{ dtype: 'int64', shape: [x.shape.length] }], { differentiable: [] })[0];
}

/**
 * The same numbers, row-major, under another shape. A named dimension of `shape` must be a name of `x` or of an input of
 * the graph, or be the only one that is left over (its size is then inferred).
 */
export function reshape(x: Value, shape: Shape): Value {
  if (sameShape(x.shape, shape)) return x;
  const known = shape.every(dimension => typeof dimension === 'number');
  const [before, after] = [product(x.shape), product(shape)];
  if (typeof before === 'number' && known && before !== after) {
    throw new TypeError(`reshape: [${x.shape.join()}] does not become [${shape.join()}]`);
  }
  const target = known ? x.graph.integers(shape) : runtimeShape(x, shape);
  return reshapeNode(x, target, shape);
}

/** The numbers of `x` under the shape of `like`, which has as many. */
export function reshapeLike(x: Value, like: Value): Value {
  // All sizes are known when it runs: one of 0 is meant.
  return sameShape(x.shape, like.shape) ? x : reshapeNode(x, sizesOf(like), like.shape, { allowzero: 1 });
}

/** Axes in another order: result axis i is axis permutation[i] of `x`. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  if (permutation.length !== x.shape.length || !x.shape.every((_, axis) => permutation.includes(axis))) {
    throw new TypeError(`transpose: ${permutation.join()} is not an order of the axes of [${x.shape.join()}]`);
  }
  const inverse: number[] = [];
  permutation.forEach((axis, index) => (inverse[axis] = index));
  const shape = permutation.map(axis => x.shape[axis]);
  return x.graph.node('Transpose', [x], [{ dtype: x.dtype, shape }], {
    attributes: { perm: permutation },
    vjp: ([g]) => [transpose(g!, inverse)],
  })[0];
}

/** Adds axes of size 1 at the given places of the result. */
export function unsqueeze(x: Value, axes: readonly number[]): Value {
  const positive = positiveAxes(axes, x.shape.length + axes.length).sort((a, b) => a - b);
  const shape: Dimension[] = [...x.shape];
  for (const axis of positive) shape.splice(axis, 0, 1);
  return x.graph.node('Unsqueeze', [x, x.graph.integers(positive)], [{ dtype: x.dtype, shape }], {
    differentiable: [x],
    vjp: ([g]) => [squeeze(g!, positive)],
  })[0];
}

/** Removes axes of size 1. */
export function squeeze(x: Value, axes: readonly number[]): Value {
  const positive = positiveAxes(axes, x.shape.length);
  if (positive.some(axis => x.shape[axis] !== 1))
    throw new TypeError(`squeeze: axes ${axes.join()} of [${x.shape.join()}]`);
  const shape = x.shape.filter((_, axis) => !positive.includes(axis));
  return x.graph.node('Squeeze', [x, x.graph.integers(positive)], [{ dtype: x.dtype, shape }], {
    differentiable: [x],
    vjp: ([g]) => [unsqueeze(g!, positive)],
  })[0];
}

/** Stretches axes of size 1 so that the result has the shape of `like`. */
export function expandLike(x: Value, like: Value): Value {
  if (sameShape(x.shape, like.shape)) return x;
  if (!sameShape(broadcast('expandLike', x.shape, like.shape), like.shape)) {
    throw new TypeError(`expandLike: [${x.shape.join()}] does not stretch to [${like.shape.join()}]`);
  }
  return x.graph.node('Expand', [x, sizesOf(like)], [{ dtype: x.dtype, shape: like.shape }], {
    differentiable: [x],
    vjp: ([g]) => [sumTo(g!, x)],
  })[0];
}

export function zerosLike(x: Value): Value {
  return expandLike(scalar(x.graph, 0, x.dtype), x);
}

export function onesLike(x: Value): Value {
  return expandLike(scalar(x.graph, 1, x.dtype), x);
}

/** Elements [start, end) along an axis; `end` may be the axis' whole size. Counted from the front. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  const along = positiveAxis(axis, x.shape.length);
  const size = x.shape[along];
  if (start < 0 || end < start || (typeof size === 'number' && end > size)) {
    throw new RangeError(`slice [${start}, ${end}) of axis ${axis} of [${x.shape.join()}]`);
  }
  const shape = x.shape.map((dimension, i) => (i === along ? end - start : dimension));
  const { graph } = x;
  const inputs = [x, graph.integers([start]), graph.integers([end]), graph.integers([along])];
  return graph.node('Slice', inputs, [{ dtype: x.dtype, shape }], {
    differentiable: [x],
    vjp: ([g]) => [pad(g!, along, start, x)],
  })[0];
}

/** Tensors one after the other along an axis. */
export function concat(values: readonly Value[], axis: number): Value {
  const along = positiveAxis(axis, values[0].shape.length);
  for (const { shape } of values) {
    if (!sameShape(shape.toSpliced(along, 1), values[0].shape.toSpliced(along, 1))) {
      throw new TypeError(`concat: [${values[0].shape.join()}] and [${shape.join()}] along axis ${axis}`);
    }
  }
  const sizes = values.map(value => value.shape[along]);
  const known = sizes.every(size => typeof size === 'number');
  const total: Dimension = known ? sizes.reduce((a, b) => a + b, 0) : `(${sizes.join('+')})`;
  const shape = values[0].shape.map((dimension, i) => (i === along ? total : dimension));
  return values[0].graph.node('Concat', values, [{ dtype: values[0].dtype, shape }], {
    attributes: { axis: along },
    vjp: ([g], wanted) => {
      if (!known) throw new TypeError('concat has a derivative only along an axis of known sizes');
      let start = 0;
      return values.map((_, i) => {
        const from = start;
        start += sizes[i];
        return wanted[i] ? slice(g!, along, from, start) : undefined;
      });
    },
  })[0];
}

/** `values` side by side under a new axis. */
export function stack(values: readonly Value[], axis: number): Value {
  return concat(
    values.map(value => unsqueeze(value, [axis])),
    axis,
  );
}

/**
 * The sizes of `x`: a constant when they are known, else read when the graph runs. From the graph's inputs where they
 * have the names, so that a backward pass does not compute a forward value only to learn its size.
 */
function sizesOf(x: Value): Value {
  const { graph, shape } = x;
  if (shape.every(dimension => typeof dimension === 'number')) return graph.integers(shape);
  const pieces: Value[] = [];
  for (const dimension of shape) {
    const size = typeof dimension === 'number' ? graph.integers([dimension]) : namedSize(graph, dimension);
    if (size === undefined) return shapeOf(x);
    pieces.push(size);
  }
  return concatSizes(pieces);
}

/** int64 [1] values as one vector. */
function concatSizes(pieces: readonly Value[]): Value {
  return pieces[0].graph.node('Concat', pieces, [{ dtype: 'int64', shape: [pieces.length] }], {
    attributes: { axis: 0 },
    differentiable: [],
  })[0];
}

function reshapeNode(x: Value, target: Value, shape: Shape, attributes: Attributes = {}): Value {
  return x.graph.node('Reshape', [x, target], [{ dtype: x.dtype, shape }], {
    attributes,
    differentiable: [x],
    vjp: ([g]) => [reshapeLike(g!, x)],
  })[0];
}

/** Zeros around `g` so that it gets the shape of `like`, from which it was sliced at `start`. */
function pad(g: Value, axis: number, start: number, like: Value): Value {
  const size = like.shape[axis];
  const length = g.shape[axis];
  if (typeof size !== 'number' || typeof length !== 'number') {
    throw new TypeError('slice has a derivative only along an axis of known size');
  }
  const before: number[] = like.shape.map(() => 0);
  const after: number[] = like.shape.map(() => 0);
  before[axis] = start;
  after[axis] = size - start - length;
  return g.graph.node('Pad', [g, g.graph.integers([...before, ...after])], [{ dtype: g.dtype, shape: like.shape }], {
    differentiable: [g],
    vjp: ([h]) => [slice(h!, axis, start, start + length)],
  })[0];
}

/** A size of 0 in ONNX's Reshape takes the size of the same axis of the input. */
const COPY = 0;
/** One that follows from all the others. */
const INFERRED = -1;

/** Numbers stay; names are read from the axis of `x` that has them or from an input; one unknown name is inferred (-1). */
function runtimeShape(x: Value, shape: Shape): Value {
  const { graph } = x;
  const parts = shape.map((dimension, index): number | Value | undefined => {
    if (typeof dimension === 'number') return dimension;
    if (x.shape[index] === dimension) return COPY;
    const axis = x.shape.indexOf(dimension);
    return axis >= 0 ? sizeOfAxis(x, axis) : undefined;
  });
  const unknown = parts.filter(part => part === undefined).length;
  const computed = parts.filter(part => typeof part === 'object').length;
  if (unknown + computed <= 1) return graph.integers(parts.map(part => (typeof part === 'number' ? part : INFERRED)));
  const sizes = parts.map((part, index) =>
    part === undefined && unknown > 1 ? namedSize(graph, String(shape[index])) : part,
  );
  if (sizes.filter(size => size === undefined).length > 1) {
    throw new TypeError(`reshape [${x.shape.join()}] to [${shape.join()}]: two sizes to infer`);
  }
  return concatSizes(sizes.map(size => (typeof size === 'object' ? size : graph.integers([size ?? INFERRED]))));
}
