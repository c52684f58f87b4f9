import type { Dimension, Shape } from './types.ts';

/**
 * The shape of an element-wise operation on two shapes: aligned at the right, 1 stretches, everything else must be equal.
 * A named dimension equals only itself, so a graph that would fail at run time fails while it is built.
 */
export function broadcast(op: string, a: Shape, b: Shape): Shape {
  const rank = Math.max(a.length, b.length);
  const result: Dimension[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const x = a[a.length - rank + axis] ?? 1;
    const y = b[b.length - rank + axis] ?? 1;
    if (x !== y && x !== 1 && y !== 1) throw new TypeError(`${op}: [${a.join()}] and [${b.join()}] do not broadcast`);
    result.push(x === 1 ? y : x);
  }
  return result;
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, axis) => dimension === b[axis]);
}

/** `axis` counted from the front; -1 is the last one. */
export function positiveAxis(axis: number, rank: number): number {
  const positive = axis < 0 ? axis + rank : axis;
  if (positive < 0 || positive >= rank) throw new RangeError(`axis ${axis} of a tensor of rank ${rank}`);
  return positive;
}

/** Several axes counted from the front, in the given order; each may be named once. */
export function positiveAxes(axes: readonly number[], rank: number): number[] {
  const positive = axes.map(axis => positiveAxis(axis, rank));
  if (new Set(positive).size < positive.length) throw new RangeError(`axes ${axes.join()} name one axis twice`);
  return positive;
}

/** Product of dimensions; a product with names is a name ("batch*tokens"). */
export function product(dimensions: Shape): Dimension {
  let size = 1;
  const names: string[] = [];
  for (const dimension of dimensions) {
    if (typeof dimension === 'number') size *= dimension;
    else names.push(dimension);
  }
  if (names.length === 0) return size;
  return size === 1 ? names.join('*') : [size, ...names].join('*');
}

/** Number of elements; throws when a dimension is only named. */
export function elementCount(shape: Shape): number {
  const size = product(shape);
  if (typeof size === 'string') throw new TypeError(`the size of [${shape.join()}] is known only when it runs`);
  return size;
}
