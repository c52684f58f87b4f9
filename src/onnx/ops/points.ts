import type { Value } from '../graph.ts';
import { product } from '../shapes.ts';
import { add, mul } from './arithmetic.ts';
import { scatterAdd } from './indexing.ts';
import { reshape, reshapeLike, slice, squeeze, zerosLike } from './shape.ts';
import { sizeOfAxis } from './sizes.ts';

export interface PointsOptions {
  /** No two points are the same: updates are then added by several threads at once. */
  readonly distinct?: boolean;
}

/** Slices by their leading coordinates: result[i, ...] = x[points[i, 0], points[i, 1], ...]. points: int64 [n, k]. */
export function gatherPoints(x: Value, points: Value, options: PointsOptions = {}): Value {
  const [count] = points.shape;
  const shape = [count, ...x.shape.slice(coordinatesOf(points))];
  return x.graph.node('GatherND', [x, points], [{ dtype: x.dtype, shape }], {
    differentiable: [x],
    vjp: ([g]) => [scatterPointsAdd(zerosLike(x), points, g!, options)],
  })[0];
}

/**
 * `x` with updates[i, ...] added at x[points[i, 0], points[i, 1], ...]; repeated points add up. Without `distinct` the
 * points are made rows of a table for `scatterAdd`, as ScatterND loses updates where threads meet.
 */
export function scatterPointsAdd(x: Value, points: Value, updates: Value, options: PointsOptions = {}): Value {
  if (options.distinct !== true) {
    const coordinates = coordinatesOf(points);
    const table = reshape(x, [product(x.shape.slice(0, coordinates)), ...x.shape.slice(coordinates)]);
    return reshapeLike(scatterAdd(table, rowsOf(x, points), updates), x);
  }
  return x.graph.node('ScatterND', [x, points, updates], [{ dtype: x.dtype, shape: x.shape }], {
    attributes: { reduction: 'add' },
    differentiable: [x, updates],
    vjp: ([g], wanted) => [wanted[0] ? g : undefined, wanted[1] ? gatherPoints(g!, points, options) : undefined],
  })[0];
}

/** int64 [n]: the row of each point when the leading axes of `x` are merged into one. */
function rowsOf(x: Value, points: Value): Value {
  let row = slice(points, 1, 0, 1);
  for (let axis = 1; axis < coordinatesOf(points); axis++) {
    const size = x.shape[axis];
    const stride = typeof size === 'number' ? size : sizeOfAxis(x, axis);
    row = add(mul(row, stride), slice(points, 1, axis, axis + 1));
  }
  return squeeze(row, [1]);
}

function coordinatesOf(points: Value): number {
  const coordinates = points.shape[1];
  if (points.shape.length !== 2 || typeof coordinates !== 'number') {
    throw new TypeError(`points have the shape [n, coordinates] and not [${points.shape.join()}]`);
  }
  return coordinates;
}
