import type { Value } from '../types.ts';
import { zerosLike } from './shape.ts';

/** Slices by their leading coordinates: result[i, ...] = x[points[i, 0], points[i, 1], ...]. points: int64 [n, k]. */
export function gatherPoints(x: Value, points: Value): Value {
  const [count, coordinates] = points.shape;
  const shape = [count, ...x.shape.slice(Number(coordinates))];
  return x.graph.node('GatherND', [x, points], [{ dtype: x.dtype, shape }], {
    differentiable: [x],
    vjp: ([g]) => [scatterPointsAdd(zerosLike(x), points, g!)],
  })[0];
}

/** `x` with updates[i, ...] added at x[points[i, 0], points[i, 1], ...]; repeated points add up. */
export function scatterPointsAdd(x: Value, points: Value, updates: Value): Value {
  return x.graph.node('ScatterND', [x, points, updates], [{ dtype: x.dtype, shape: x.shape }], {
    attributes: { reduction: 'add' },
    differentiable: [x, updates],
    vjp: ([g], wanted) => [wanted[0] ? g : undefined, wanted[1] ? gatherPoints(g!, points) : undefined],
  })[0];
}
