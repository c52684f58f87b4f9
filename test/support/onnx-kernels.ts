/** Arithmetic operators of the ONNX operator set 21 in float64, from their specification. */
import { at, broadcastShapes, erf, fill, type NumberTensor } from './onnx-numbers.ts';
import type { Attributes } from '../../src/onnx/types.ts';

export type Kernel = (inputs: readonly NumberTensor[], attributes: Attributes) => readonly NumberTensor[];

export const arithmeticKernels: Readonly<Record<string, Kernel>> = {
  Add: elementwise((a, b) => a + b),
  Sub: elementwise((a, b) => a - b),
  Mul: elementwise((a, b) => a * b),
  Div: elementwise((a, b) => a / b),
  Max: elementwise(Math.max),
  Greater: elementwise((a, b) => Number(a > b)),
  GreaterOrEqual: elementwise((a, b) => Number(a >= b)),
  Equal: elementwise((a, b) => Number(a === b)),
  Where: elementwise((condition, x, y) => (condition === 0 ? y : x)),
  Identity: elementwise(x => x),
  Neg: elementwise(x => -x),
  Exp: elementwise(Math.exp),
  Log: elementwise(Math.log),
  Sqrt: elementwise(Math.sqrt),
  Reciprocal: elementwise(x => 1 / x),
  Abs: elementwise(Math.abs),
  Sign: elementwise(Math.sign),
  Relu: elementwise(x => Math.max(x, 0)),
  Sigmoid: elementwise(x => 1 / (1 + Math.exp(-x))),
  Tanh: elementwise(Math.tanh),
  Erf: elementwise(erf),
  Cast: ([x], { to }) => [fill(x.shape, (_, i) => castTo(Number(to), x.data[i]))],
  MatMul: ([a, b]) => [product(a, b, false, false)],
  FusedMatMul: ([a, b], { transA, transB, transBatchB }) => [
    product(a, transBatchB === 1 ? batchFirst(b) : b, transA === 1, transB === 1),
  ],
  Einsum: ([a, b], { equation }) => [einsum(a, b, equation as string)],
  ReduceSum: ([x, axes], { keepdims }) => [reduce(x, axes, keepdims === 1, 0, (a, b) => a + b)],
  ReduceMax: ([x, axes], { keepdims }) => [reduce(x, axes, keepdims === 1, -Infinity, Math.max)],
  Softmax: ([x], { axis }) => [softmax(x, Number(axis), (shifted, total) => Math.exp(shifted) / total)],
  LogSoftmax: ([x], { axis }) => [softmax(x, Number(axis), (shifted, total) => shifted - Math.log(total))],
};

function elementwise(formula: (...values: number[]) => number): Kernel {
  return inputs => {
    const shape = broadcastShapes(...inputs.map(input => input.shape));
    return [fill(shape, index => formula(...inputs.map(input => at(input, index))))];
  };
}

/** Between float types numbers stay as they are: the interpreter has no 16-bit rounding. */
function castTo(type: number, value: number): number {
  const INT32 = 6;
  const INT64 = 7;
  const BOOL = 9;
  if (type === INT32 || type === INT64) return Math.trunc(value);
  return type === BOOL ? Number(value !== 0) : value;
}

function product(a: NumberTensor, b: NumberTensor, transposeA: boolean, transposeB: boolean): NumberTensor {
  const [m, k] = matrixSizes(a, transposeA);
  const [k2, n] = matrixSizes(b, transposeB);
  if (k !== k2) throw new Error(`inner sizes ${k} and ${k2}`);
  const batch = broadcastShapes(a.shape.slice(0, -2), b.shape.slice(0, -2));
  return fill([...batch, m, n], index => {
    const place = index.slice(0, -2);
    const [row, column] = index.slice(-2);
    let total = 0;
    for (let i = 0; i < k; i++) {
      const left = at(a, transposeA ? [...place, i, row] : [...place, row, i]);
      total += left * at(b, transposeB ? [...place, column, i] : [...place, i, column]);
    }
    return total;
  });
}

/** [rows, batch, columns] as [batch, rows, columns]. */
function batchFirst(x: NumberTensor): NumberTensor {
  const [rows, batch, columns] = x.shape;
  return fill([batch, rows, columns], ([i, row, column]) => at(x, [row, i, column]));
}

/** Of two operands, over every combination of all axes. */
function einsum(a: NumberTensor, b: NumberTensor, equation: string): NumberTensor {
  const [ofA, ofB, ofResult] = equation.split(/,|->/).map(axes => Array.from(axes));
  const sizes = new Map([...ofA.map((axis, i) => [axis, a.shape[i]]), ...ofB.map((axis, i) => [axis, b.shape[i]])] as [
    string,
    number,
  ][]);
  const axes = [...sizes.keys()];
  const result = fill(
    ofResult.map(axis => sizes.get(axis)!),
    () => 0,
  );
  fill([...sizes.values()], index => {
    const place = (of: readonly string[]): number[] => of.map(axis => index[axes.indexOf(axis)]);
    const flat = place(ofResult).reduce((offset, i, axis) => offset * result.shape[axis] + i, 0);
    result.data[flat] += at(a, place(ofA)) * at(b, place(ofB));
    return 0;
  });
  return result;
}

function matrixSizes({ shape }: NumberTensor, transposed: boolean): [number, number] {
  const [rows, columns] = shape.slice(-2);
  return transposed ? [columns, rows] : [rows, columns];
}

function reduce(
  x: NumberTensor,
  axes: NumberTensor,
  keep: boolean,
  start: number,
  combine: (a: number, b: number) => number,
): NumberTensor {
  // "If axes is empty, all axes are reduced" (noop_with_empty_axes is not set).
  const reduced = new Set([...axes.data].map(axis => (axis < 0 ? axis + x.shape.length : axis)));
  if (reduced.size === 0) x.shape.forEach((_, axis) => reduced.add(axis));
  const kept = fill(
    x.shape.map((size, axis) => (reduced.has(axis) ? 1 : size)),
    () => start,
  );
  const places = fill(kept.shape, (_, flat) => flat);
  fill(x.shape, (index, flat) => {
    const place = at(places, index);
    kept.data[place] = combine(kept.data[place], x.data[flat]);
    return 0;
  });
  return { shape: keep ? kept.shape : x.shape.filter((_, axis) => !reduced.has(axis)), data: kept.data };
}

function softmax(x: NumberTensor, axis: number, formula: (shifted: number, total: number) => number): NumberTensor {
  const along = { shape: [1], data: Float64Array.of(axis) };
  const largest = reduce(x, along, true, -Infinity, Math.max);
  const shifted = fill(x.shape, (index, flat) => x.data[flat] - at(largest, index));
  const total = reduce({ shape: x.shape, data: shifted.data.map(Math.exp) }, along, true, 0, (a, b) => a + b);
  return fill(x.shape, (index, flat) => formula(shifted.data[flat], at(total, index)));
}
