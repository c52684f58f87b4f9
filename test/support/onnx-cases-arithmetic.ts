import * as op from '../../src/onnx/index.ts';
import { positive, type DerivativeCase, type InputSpec } from './onnx-derivatives.ts';

const matrix: InputSpec = { shape: [2, 3] };
const named: InputSpec = { shape: ['tokens', 3] };
const sizes = { tokens: 2 };

type Binary = (x: op.Value | number, y: op.Value | number) => op.Value;
type Unary = (x: op.Value) => op.Value;

const binaries: readonly (readonly [name: string, formula: Binary])[] = [
  ['add', op.add],
  ['sub', op.sub],
  ['mul', op.mul],
  ['div', op.div],
  ['maximum', op.maximum],
];

const unaries: readonly (readonly [name: string, formula: Unary])[] = [
  ['neg', op.neg],
  ['exp', op.exp],
  ['reciprocal', op.reciprocal],
  ['abs', op.abs],
  ['sign', op.sign],
  ['relu', op.relu],
  ['sigmoid', op.sigmoid],
  ['tanh', op.tanh],
  ['silu', op.silu],
  ['erf', op.erf],
  ['gelu', op.gelu],
  ['geluTanh', op.geluTanh],
];

/** Element-wise operators and activations. */
export const arithmeticCases: readonly DerivativeCase[] = [
  ...binaries.flatMap(([name, formula]): DerivativeCase[] => [
    { op: name, title: 'same shape', inputs: { x: matrix, y: matrix }, build: ({ x, y }) => formula(x, y) },
    { op: name, title: 'row', inputs: { x: matrix, y: { shape: [3] } }, build: ({ x, y }) => formula(x, y) },
    {
      op: name,
      title: 'both stretched',
      inputs: { x: { shape: [2, 1, 3] }, y: { shape: [4, 1] } },
      build: ({ x, y }) => formula(x, y),
    },
    { op: name, title: 'number left', inputs: { x: matrix }, build: ({ x }) => formula(0.75, x) },
    { op: name, title: 'number right', inputs: { x: matrix }, build: ({ x }) => formula(x, -1.25) },
    { op: name, title: 'with itself', inputs: { x: matrix }, build: ({ x }) => formula(op.mul(x, x), x) },
    {
      op: name,
      title: 'named and stretched',
      inputs: { x: named, y: { shape: ['tokens', 1] } },
      sizes,
      build: ({ x, y }) => formula(x, y),
    },
  ]),
  ...unaries.flatMap(([name, formula]): DerivativeCase[] => [
    { op: name, title: 'matrix', inputs: { x: matrix }, build: ({ x }) => formula(x) },
    { op: name, title: 'named', inputs: { x: named }, sizes, build: ({ x }) => formula(x) },
    { op: name, title: 'scalar', inputs: { x: { shape: [] } }, build: ({ x }) => formula(x) },
  ]),
  { op: 'log', title: 'matrix', inputs: { x: { shape: [2, 3], element: positive } }, build: ({ x }) => op.log(x) },
  { op: 'sqrt', title: 'matrix', inputs: { x: { shape: [2, 3], element: positive } }, build: ({ x }) => op.sqrt(x) },
  {
    op: 'unary',
    title: 'an operator of its own (Tanh)',
    inputs: { x: matrix },
    build: ({ x }) => op.unary('Tanh', x, g => op.mul(g, op.sub(1, op.mul(op.tanh(x), op.tanh(x))))),
  },
  {
    op: 'where',
    title: 'both branches, stretched',
    inputs: { x: { shape: [2, 3] }, y: { shape: [3] }, z: { shape: [4, 1, 1] } },
    build: ({ x, y, z }) => op.where(op.greater(x, 0), op.mul(x, y), z),
  },
  {
    op: 'where',
    title: 'a number in each branch, named',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.add(op.where(op.greater(x, 0), x, 2), op.where(op.greaterOrEqual(x, 1), -1, op.mul(x, x))),
  },
  {
    op: 'cast',
    title: 'through float16 and back (the interpreter does not round)',
    inputs: { x: { shape: [2, 3], element: random => Math.round(positive(random) * 16) / 16 } },
    tolerance: 2 ** -11,
    build: ({ x }) => op.mul(op.cast(op.cast(x, 'float16'), 'float32'), x),
  },
  {
    op: 'cast',
    title: 'to integers: piecewise constant',
    inputs: { x: matrix },
    build: ({ x }) => op.mul(op.cast(op.cast(op.mul(x, 8), 'int64'), 'float32'), x),
  },
  {
    op: 'jumpRelu',
    title: 'a threshold for each column',
    inputs: { x: { shape: [4, 3] }, threshold: { shape: [3], element: positive } },
    build: ({ x, threshold }) => op.jumpRelu(x, threshold),
  },
];
