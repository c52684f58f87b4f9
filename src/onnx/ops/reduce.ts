import type { Value } from '../graph.ts';
import { positiveAxes, positiveAxis, sameShape } from '../shapes.ts';
import type { Shape } from '../types.ts';
import { add, div, exp, mul, sqrt, sub } from './arithmetic.ts';
import { expandLike, unsqueeze } from './shape.ts';

export interface ReduceOptions {
  /** Keep the reduced axes with size 1. */
  readonly keep?: boolean;
}

/** Sum over `axes`. */
export function sum(x: Value, axes: readonly number[], { keep = false }: ReduceOptions = {}): Value {
  return reduce('ReduceSum', x, axes, keep, g => expandLike(g, x));
}

/** Mean over `axes`, whose sizes must be known. */
export function mean(x: Value, axes: readonly number[], { keep = false }: ReduceOptions = {}): Value {
  let size = 1;
  for (const axis of axes) {
    const dimension = x.shape[positiveAxis(axis, x.shape.length)];
    if (typeof dimension !== 'number') throw new TypeError(`mean over an axis of unknown size "${dimension}"`);
    size *= dimension;
  }
  return mul(sum(x, axes, { keep }), 1 / size);
}

/** Largest value over `axes`; no derivative (use it under a stopGradient). */
export function max(x: Value, axes: readonly number[], { keep = false }: ReduceOptions = {}): Value {
  return reduce('ReduceMax', x, axes, keep, undefined);
}

/** Softmax over the last axis; dx = y (g - sum(g y)). */
export function softmax(x: Value): Value {
  const y: Value = x.graph.node('Softmax', [x], [x], {
    attributes: { axis: -1 },
    vjp: ([g]) => {
      const gy = mul(g!, y);
      return [sub(gy, mul(y, sum(gy, [-1], { keep: true })))];
    },
  })[0];
  return y;
}

/** Logarithm of the softmax over the last axis; dx = g - exp(y) sum(g). */
export function logSoftmax(x: Value): Value {
  const y: Value = x.graph.node('LogSoftmax', [x], [x], {
    attributes: { axis: -1 },
    vjp: ([g]) => [sub(g!, mul(exp(y), sum(g!, [-1], { keep: true })))],
  })[0];
  return y;
}

/** x / sqrt(mean(x^2) + epsilon) over the last axis (RMSNorm without its weight; Zhang & Sennrich 2019, eq. 4). */
export function rmsNormalize(x: Value, epsilon: number): { normalized: Value; scale: Value } {
  const scale = sqrt(add(mean(mul(x, x), [-1], { keep: true }), epsilon));
  return { normalized: div(x, scale), scale };
}

/** Undoes broadcasting: sums `g` over the axes along which `target` was stretched. */
export function sumTo(g: Value, target: Value): Value {
  if (sameShape(g.shape, target.shape)) return g;
  const extra = g.shape.length - target.shape.length;
  const leading = Array.from({ length: extra }, (_, axis) => axis);
  const shrunk = leading.length > 0 ? sum(g, leading) : g;
  const stretched: number[] = [];
  target.shape.forEach((dimension, axis) => {
    if (dimension === 1 && shrunk.shape[axis] !== 1) stretched.push(axis);
  });
  return stretched.length > 0 ? sum(shrunk, stretched, { keep: true }) : shrunk;
}

function reduce(
  op: string,
  x: Value,
  axes: readonly number[],
  keep: boolean,
  derivative: ((g: Value) => Value) | undefined,
): Value {
  // Without axes ONNX would reduce all of them.
  if (axes.length === 0) return x;
  const positive = positiveAxes(axes, x.shape.length).sort((a, b) => a - b);
  const shape: Shape = keep
    ? x.shape.map((dimension, axis) => (positive.includes(axis) ? 1 : dimension))
    : x.shape.filter((_, axis) => !positive.includes(axis));
  return x.graph.node(op, [x, x.graph.integers(positive)], [{ dtype: x.dtype, shape }], {
    attributes: { keepdims: keep ? 1 : 0 },
    differentiable: [x],
    ...(derivative === undefined
      ? {}
      : { vjp: ([g]: readonly (Value | undefined)[]) => [derivative(keep ? g! : unsqueeze(g!, positive))] }),
  })[0];
}
