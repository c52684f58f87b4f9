import * as op from '../../src/onnx/index.ts';
import { below, type DerivativeCase, type InputSpec } from './onnx-derivatives.ts';

const cube: InputSpec = { shape: [2, 3, 4] };
const named: InputSpec = { shape: ['batch', 'tokens', 4] };
const sizes = { batch: 2, tokens: 3, rows: 5, long: 12 };

/** A reshape, slice or sum is linear: squaring first makes its second derivative worth checking. */
const square = (x: op.Value): op.Value => op.mul(x, x);

/** Reductions and operators that move numbers. */
export const shapeCases: readonly DerivativeCase[] = [
  { op: 'sum', title: 'last axis', inputs: { x: cube }, build: ({ x }) => op.sum(square(x), [-1]) },
  {
    op: 'sum',
    title: 'two axes kept',
    inputs: { x: cube },
    build: ({ x }) => op.sum(square(x), [0, 2], { keep: true }),
  },
  { op: 'sum', title: 'axes in any order', inputs: { x: cube }, build: ({ x }) => op.sum(square(x), [-1, 0]) },
  { op: 'sum', title: 'all axes', inputs: { x: cube }, build: ({ x }) => op.sum(square(x), [0, 1, 2]) },
  { op: 'sum', title: 'no axis', inputs: { x: cube }, build: ({ x }) => op.sum(square(x), []) },
  { op: 'sum', title: 'a named axis', inputs: { x: named }, sizes, build: ({ x }) => op.sum(square(x), [1]) },
  { op: 'mean', title: 'last axis', inputs: { x: named }, sizes, build: ({ x }) => op.mean(square(x), [-1]) },
  { op: 'mean', title: 'kept', inputs: { x: cube }, build: ({ x }) => op.mean(square(x), [1, 2], { keep: true }) },
  { op: 'softmax', title: 'rank 3', inputs: { x: cube }, build: ({ x }) => op.softmax(x) },
  {
    op: 'softmax',
    title: 'named',
    inputs: { x: { shape: ['batch', 'tokens'] } },
    sizes,
    build: ({ x }) => op.softmax(x),
  },
  { op: 'logSoftmax', title: 'rank 3', inputs: { x: cube }, build: ({ x }) => op.logSoftmax(x) },
  {
    op: 'logSoftmax',
    title: 'named',
    inputs: { x: { shape: ['batch', 'tokens'] } },
    sizes,
    build: ({ x }) => op.logSoftmax(x),
  },
  {
    op: 'rmsNormalize',
    title: 'normalized',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.rmsNormalize(x, 1e-2).normalized,
  },
  { op: 'rmsNormalize', title: 'scale', inputs: { x: cube }, build: ({ x }) => op.rmsNormalize(x, 1e-2).scale },
  {
    op: 'sumTo',
    title: 'a leading and an inner axis',
    inputs: { x: cube, like: { shape: [3, 1] } },
    build: ({ x, like }) => op.mul(op.sumTo(square(x), like), like),
  },
  {
    op: 'sumTo',
    title: 'named axes',
    inputs: { x: named, like: { shape: ['tokens', 1] } },
    sizes,
    build: ({ x, like }) => op.mul(op.sumTo(square(x), like), like),
  },
  { op: 'reshape', title: 'known sizes', inputs: { x: cube }, build: ({ x }) => op.reshape(square(x), [4, 6]) },
  {
    op: 'reshape',
    title: 'heads split off, names stay',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.reshape(square(x), ['batch', 'tokens', 2, 2]),
  },
  {
    op: 'reshape',
    title: 'two names merged into one',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.reshape(square(x), ['batch*tokens', 4]),
  },
  {
    op: 'reshape',
    title: 'a merged name taken apart',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.reshape(op.reshape(square(x), ['batch*tokens', 4]), ['batch', 'tokens', 4]),
  },
  {
    op: 'reshape',
    title: 'names in other places',
    inputs: { x: { shape: [4, 'batch', 1, 'tokens'] } },
    sizes,
    build: ({ x }) => op.reshape(square(x), [2, 2, 'batch', 'tokens']),
  },
  {
    op: 'reshapeLike',
    title: 'two names that no other axis tells',
    inputs: { x: { shape: ['long', 2] }, like: { shape: ['batch', 'tokens', 4] } },
    sizes,
    build: ({ x, like }) => op.mul(op.reshapeLike(square(x), like), like),
  },
  { op: 'transpose', title: 'rank 3', inputs: { x: cube }, build: ({ x }) => op.transpose(square(x), [2, 0, 1]) },
  {
    op: 'transpose',
    title: 'named',
    inputs: { x: { shape: ['batch', 'tokens', 2, 3] } },
    sizes,
    build: ({ x }) => op.transpose(square(x), [0, 2, 3, 1]),
  },
  {
    op: 'unsqueeze',
    title: 'two axes',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.unsqueeze(square(x), [3, 1]),
  },
  { op: 'unsqueeze', title: 'last axis as -1', inputs: { x: cube }, build: ({ x }) => op.unsqueeze(square(x), [-1]) },
  {
    op: 'squeeze',
    title: 'two axes',
    inputs: { x: { shape: [1, 'tokens', 1] } },
    sizes,
    build: ({ x }) => op.squeeze(square(x), [-1, 0]),
  },
  {
    op: 'expandLike',
    title: 'stretched and lifted',
    inputs: { x: { shape: [3, 1] }, like: cube },
    build: ({ x, like }) => op.mul(op.expandLike(square(x), like), like),
  },
  {
    op: 'expandLike',
    title: 'named',
    inputs: { x: { shape: ['tokens', 1] }, like: named },
    sizes,
    build: ({ x, like }) => op.mul(op.expandLike(square(x), like), like),
  },
  {
    op: 'zerosLike',
    title: 'named: no derivative flows',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.add(op.zerosLike(x), square(x)),
  },
  {
    op: 'onesLike',
    title: 'named: no derivative flows',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.mul(op.onesLike(x), square(x)),
  },
  { op: 'slice', title: 'middle', inputs: { x: cube }, build: ({ x }) => op.slice(square(x), 1, 1, 2) },
  {
    op: 'slice',
    title: 'last axis, named others',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.slice(square(x), -1, 2, 4),
  },
  {
    op: 'concat',
    title: 'three pieces',
    inputs: { x: cube, y: { shape: [2, 1, 4] }, z: { shape: [2, 2, 4] } },
    build: ({ x, y, z }) => op.concat([square(x), y, square(z)], 1),
  },
  {
    op: 'concat',
    title: 'the same value twice, named others',
    inputs: { x: named },
    sizes,
    build: ({ x }) => op.concat([x, square(x), x], -1),
  },
  {
    op: 'stack',
    title: 'a new first axis',
    inputs: { x: named, y: named },
    sizes,
    build: ({ x, y }) => op.stack([square(x), y], 0),
  },
];

/** 0, 1, 1, 2, 2, 0, 0, 1, ..: pairs that differ. */
function alternating(): () => number {
  let count = 0;
  return () => Math.ceil(count++ / 2) % 3;
}

/** Gathers and scatters; indices repeat, so that adding up is tested. */
export const indexingCases: readonly DerivativeCase[] = [
  {
    op: 'gatherRows',
    title: 'repeated rows',
    inputs: { table: { shape: [4, 3] }, indices: { shape: [2, 5], dtype: 'int64', element: below(4) } },
    build: ({ table, indices }) => op.gatherRows(square(table), indices),
  },
  {
    op: 'gatherRows',
    title: 'named',
    inputs: {
      table: { shape: ['rows', 3] },
      indices: { shape: ['batch', 'tokens'], dtype: 'int64', element: below(5) },
    },
    sizes,
    build: ({ table, indices }) => op.gatherRows(square(table), indices),
  },
  {
    op: 'scatterAdd',
    title: 'indices of rank 2, a table of rank 3',
    inputs: {
      table: { shape: ['rows', 2, 3] },
      indices: { shape: ['batch', 3], dtype: 'int64', element: below(5) },
      updates: { shape: ['batch', 3, 2, 3] },
    },
    sizes,
    build: ({ table, indices, updates }) => op.scatterAdd(square(table), indices, square(updates)),
  },
  {
    op: 'scatterAdd',
    title: 'a table of single numbers',
    inputs: {
      table: { shape: [4] },
      indices: { shape: ['rows'], dtype: 'int64', element: below(4) },
      updates: { shape: ['rows'] },
    },
    sizes,
    build: ({ table, indices, updates }) => op.scatterAdd(square(table), indices, square(updates)),
  },
  {
    op: 'scatterAdd',
    title: 'repeated rows',
    inputs: {
      table: { shape: [4, 3] },
      indices: { shape: ['rows'], dtype: 'int64', element: below(4) },
      updates: { shape: ['rows', 3] },
    },
    sizes,
    build: ({ table, indices, updates }) => op.scatterAdd(square(table), indices, square(updates)),
  },
  {
    op: 'gatherElements',
    title: 'repeated places',
    inputs: { x: { shape: ['tokens', 4] }, indices: { shape: ['tokens', 6], dtype: 'int64', element: below(4) } },
    sizes,
    build: ({ x, indices }) => op.gatherElements(square(x), indices),
  },
  {
    op: 'scatterElementsAdd',
    title: 'repeated places',
    inputs: {
      x: { shape: ['tokens', 4] },
      indices: { shape: ['tokens', 6], dtype: 'int64', element: below(4) },
      updates: { shape: ['tokens', 6] },
    },
    sizes,
    build: ({ x, indices, updates }) => op.scatterElementsAdd(square(x), indices, square(updates)),
  },
  {
    op: 'gatherPoints',
    title: 'slices, repeated',
    inputs: { x: { shape: [2, 3, 4] }, points: { shape: ['rows', 2], dtype: 'int64', element: below(2) } },
    sizes,
    build: ({ x, points }) => op.gatherPoints(square(x), points),
  },
  {
    op: 'gatherPoints',
    title: 'single elements, named',
    inputs: { x: { shape: ['batch', 'tokens'] }, points: { shape: [6, 2], dtype: 'int64', element: below(2) } },
    sizes,
    build: ({ x, points }) => op.gatherPoints(square(x), points),
  },
  {
    op: 'scatterPointsAdd',
    title: 'one coordinate, named',
    inputs: {
      x: { shape: ['batch', 'tokens'] },
      points: { shape: [4, 1], dtype: 'int64', element: below(2) },
      updates: { shape: [4, 'tokens'] },
    },
    sizes,
    build: ({ x, points, updates }) => op.scatterPointsAdd(square(x), points, square(updates)),
  },
  {
    op: 'scatterPointsAdd',
    title: 'repeated points, named',
    inputs: {
      x: { shape: ['batch', 'tokens', 2, 3] },
      points: { shape: ['rows', 2], dtype: 'int64', element: below(2) },
      updates: { shape: ['rows', 2, 3] },
    },
    sizes,
    build: ({ x, points, updates }) => op.scatterPointsAdd(square(x), points, square(updates)),
  },
  {
    op: 'scatterPointsAdd',
    title: 'distinct points',
    inputs: {
      x: { shape: ['tokens', 3, 4] },
      points: { shape: [2, 2], dtype: 'int64', element: alternating() },
      updates: { shape: [2, 4] },
    },
    sizes,
    build: ({ x, points, updates }) => {
      const distinct = true;
      return op.gatherPoints(op.scatterPointsAdd(square(x), points, square(updates), { distinct }), points, {
        distinct,
      });
    },
  },
  {
    op: 'scatterPointsAdd',
    title: 'repeated points',
    inputs: {
      x: { shape: [2, 3, 4] },
      points: { shape: ['rows', 2], dtype: 'int64', element: below(2) },
      updates: { shape: ['rows', 4] },
    },
    sizes,
    build: ({ x, points, updates }) => op.scatterPointsAdd(square(x), points, square(updates)),
  },
];
