import type { Graph, Value } from '../graph.ts';
import { broadcast } from '../shapes.ts';
import type { DataType } from '../types.ts';
import { sumTo } from './reduce.ts';

/** A tensor, or a number that becomes a scalar of the other operand's type. */
export type Operand = Value | number;

/** Element-wise with broadcasting: z = x + y. */
export function add(x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  return binary('Add', a, b, g => [g, g]);
}

/** Element-wise with broadcasting: z = x - y. */
export function sub(x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  return binary('Sub', a, b, (g, wanted) => [g, wanted[1] ? neg(g) : undefined]);
}

/** Element-wise with broadcasting: z = x y. */
export function mul(x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  return binary('Mul', a, b, (g, wanted) => [wanted[0] ? mul(g, b) : undefined, wanted[1] ? mul(g, a) : undefined]);
}

/** Element-wise with broadcasting: z = x / y; dz/dy = -z / y. */
export function div(x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  const z: Value = binary('Div', a, b, (g, wanted) => [
    wanted[0] ? div(g, b) : undefined,
    wanted[1] ? neg(div(mul(g, z), b)) : undefined,
  ]);
  return z;
}

export function neg(x: Value): Value {
  return unary('Neg', x, g => neg(g));
}

export function exp(x: Value): Value {
  const y: Value = unary('Exp', x, g => mul(g, y));
  return y;
}

/** Natural logarithm. */
export function log(x: Value): Value {
  return unary('Log', x, g => div(g, x));
}

export function sqrt(x: Value): Value {
  const y: Value = unary('Sqrt', x, g => div(mul(g, 0.5), y));
  return y;
}

/** 1 / x; dy/dx = -y^2. */
export function reciprocal(x: Value): Value {
  const y: Value = unary('Reciprocal', x, g => neg(mul(g, mul(y, y))));
  return y;
}

export function abs(x: Value): Value {
  return unary('Abs', x, g => mul(g, sign(x)));
}

/** -1, 0 or 1; its derivative is 0. */
export function sign(x: Value): Value {
  return single('Sign', [x], x.dtype, () => [undefined]);
}

/** Element-wise larger value; the gradient goes to the larger one, to the first on a tie. */
export function maximum(x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  return binary('Max', a, b, (g, wanted) => {
    const first = cast(greaterOrEqual(a, b), g.dtype);
    return [wanted[0] ? mul(g, first) : undefined, wanted[1] ? mul(g, sub(1, first)) : undefined];
  });
}

/** x > y as booleans. */
export function greater(x: Operand, y: Operand): Value {
  return compare('Greater', x, y);
}

/** x >= y as booleans. */
export function greaterOrEqual(x: Operand, y: Operand): Value {
  return compare('GreaterOrEqual', x, y);
}

/** x == y as booleans. */
export function equal(x: Value, y: Value): Value {
  return compare('Equal', x, y);
}

/** condition ? x : y, element by element with broadcasting. */
export function where(condition: Value, x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  const shape = broadcast('Where', condition.shape, broadcast('Where', a.shape, b.shape));
  return a.graph.node('Where', [condition, a, b], [{ dtype: a.dtype, shape }], {
    differentiable: [a, b],
    vjp: ([g], wanted) => [
      wanted[0] ? sumTo(where(condition, g!, 0), a) : undefined,
      wanted[1] ? sumTo(where(condition, 0, g!), b) : undefined,
    ],
  })[0];
}

/** One number as a constant of the given type; integer types take whole numbers. */
export function scalar(graph: Graph, value: number, dtype: DataType): Value {
  if (dtype === 'int64') return graph.constant(BigInt64Array.of(BigInt(value)), []);
  if (dtype === 'int32') return graph.constant(Int32Array.of(value), []);
  return cast(graph.scalar(value), dtype);
}

/** The same numbers in another type; gradients come back in the type of `x`. */
export function cast(x: Value, dtype: DataType): Value {
  if (x.dtype === dtype) return x;
  return x.graph.node('Cast', [x], [{ dtype, shape: x.shape }], {
    attributes: { to: ONNX_TYPE[dtype] },
    vjp: ([g]) => [isFloat(x.dtype) ? cast(g!, x.dtype) : undefined],
  })[0];
}

/** TensorProto.DataType of onnx.proto. */
export const ONNX_TYPE: Readonly<Record<DataType, number>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  bfloat16: 16,
};

export function isFloat(dtype: DataType): boolean {
  return dtype === 'float32' || dtype === 'float16' || dtype === 'bfloat16';
}

/** A node of one input whose output has its shape and type. */
export function unary(op: string, x: Value, derivative: (g: Value) => Value): Value {
  return single(op, [x], x.dtype, ([g]) => [derivative(g!)]);
}

function single(
  op: string,
  inputs: readonly Value[],
  dtype: DataType,
  vjp: (cotangents: readonly (Value | undefined)[]) => readonly (Value | undefined)[],
): Value {
  return inputs[0].graph.node(op, inputs, [{ dtype, shape: inputs[0].shape }], { vjp })[0];
}

function binary(
  op: string,
  a: Value,
  b: Value,
  derivative: (g: Value, wanted: readonly boolean[]) => readonly (Value | undefined)[],
): Value {
  const shape = broadcast(op, a.shape, b.shape);
  return a.graph.node(op, [a, b], [{ dtype: a.dtype, shape }], {
    vjp: ([g], wanted) => {
      const [ga, gb] = derivative(g!, wanted);
      return [wanted[0] && ga ? sumTo(ga, a) : undefined, wanted[1] && gb ? sumTo(gb, b) : undefined];
    },
  })[0];
}

function compare(op: string, x: Operand, y: Operand): Value {
  const [a, b] = operands(x, y);
  const shape = broadcast(op, a.shape, b.shape);
  return a.graph.node(op, [a, b], [{ dtype: 'bool', shape }], { differentiable: [] })[0];
}

/** Both as tensors of one type: a number becomes a scalar of the other's type. */
function operands(x: Operand, y: Operand): [Value, Value] {
  const tensor = typeof x !== 'number' ? x : typeof y !== 'number' ? y : undefined;
  if (tensor === undefined) throw new TypeError('one of the operands must be a tensor');
  const { graph, dtype } = tensor;
  const a = typeof x === 'number' ? scalar(graph, x, dtype) : x;
  const b = typeof y === 'number' ? scalar(graph, y, dtype) : y;
  if (a.dtype !== b.dtype) throw new TypeError(`operands of types ${a.dtype} and ${b.dtype}`);
  return [a, b];
}
