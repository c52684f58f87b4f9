import * as op from '../../src/onnx/index.ts';
import type { Shape } from '../../src/onnx/index.ts';
import type { DerivativeCase } from './onnx-derivatives.ts';

/** Batch axes of the two operands. */
const batches: readonly (readonly [title: string, a: Shape, b: Shape])[] = [
  ['matrices', [], []],
  ['equal batches', [2], [2]],
  ['a shared weight', [2], []],
  ['a shared weight, two batch axes', [2, 3], []],
  ['a shared weight, named batch', ['batch', 3], []],
  ['a shared weight, two names', ['batch', 'tokens'], []],
  ['a shared left matrix', [], [2]],
  ['stretched batches', [2, 1], [1, 3]],
  ['stretched and named', ['batch', 1], [1, 'tokens']],
  ['batches of different rank', [3], [2, 1]],
];

const sizes = { batch: 2, tokens: 3, rows: 2, inner: 4 };

/** [.., m, k] x [.., k, n] with all four combinations of transposes. */
export const matmulCases: readonly DerivativeCase[] = [
  ...[false, true].flatMap(transposeA =>
    [false, true].flatMap(transposeB =>
      batches.map(([title, a, b]): DerivativeCase => ({
        op: 'matmul',
        title: `${title}, ${transposeA ? 'A^T' : 'A'} ${transposeB ? 'B^T' : 'B'}`,
        inputs: {
          a: { shape: [...a, ...(transposeA ? [4, 2] : [2, 4])] },
          b: { shape: [...b, ...(transposeB ? [3, 4] : [4, 3])] },
        },
        sizes,
        build: values => op.matmul(values.a, values.b, { transposeA, transposeB }),
      })),
    ),
  ),
  {
    op: 'matmul',
    title: 'named rows and inner size',
    inputs: { a: { shape: ['rows', 'inner'] }, b: { shape: ['inner', 3] } },
    sizes,
    build: ({ a, b }) => op.matmul(a, b),
  },
  {
    op: 'matmul',
    title: 'with itself: X X^T',
    inputs: { a: { shape: [2, 'rows', 3] } },
    sizes,
    build: ({ a }) => op.matmul(a, a, { transposeB: true }),
  },
  {
    op: 'linear',
    title: 'weight [outputs, inputs]',
    inputs: { x: { shape: ['batch', 'tokens', 4] }, weight: { shape: [3, 4] } },
    sizes,
    build: ({ x, weight }) => op.linear(x, weight),
  },
  {
    op: 'sumOverHeads',
    title: 'weight [outputs, heads, inputs]',
    inputs: { x: { shape: [3, 'rows', 4] }, weight: { shape: [5, 3, 4] } },
    sizes,
    build: ({ x, weight }) => op.sumOverHeads(x, weight),
  },
  {
    op: 'sumOverHeads',
    title: 'weight [heads, inputs, outputs]',
    inputs: { x: { shape: [3, 'rows', 4] }, weight: { shape: [3, 4, 5] } },
    sizes,
    build: ({ x, weight }) => op.sumOverHeads(x, weight, { headsFirst: true }),
  },
];
