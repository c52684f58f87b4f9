/** Operators without a derivative of their own, and what is refused while a graph is built. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { runGraph, runtimeError } from '../../support/onnx-derivatives.ts';
import { fill } from '../../support/onnx-numbers.ts';

const values = [3, -1, 2, 2, 0, 5];
const feeds = { x: fill([2, 3], (_, i) => values[i]) };

function oneInput(): { graph: op.Graph; x: op.Value } {
  const graph = new op.Graph();
  return { graph, x: graph.input('x', 'float32', ['tokens', 3]) };
}

describe('operators without a derivative', () => {
  test('comparisons, with numbers on either side and with themselves', async () => {
    const { graph, x } = oneInput();
    const { greater, left, atLeast, same } = await runGraph(
      graph,
      {
        greater: op.greater(x, 2),
        left: op.greater(2, x),
        atLeast: op.greaterOrEqual(x, 2),
        same: op.equal(x, graph.scalar(2)),
      },
      feeds,
    );
    assert.deepEqual(greater.data, [1, 0, 0, 0, 0, 1]);
    assert.deepEqual(left.data, [0, 1, 0, 0, 1, 0]);
    assert.deepEqual(atLeast.data, [1, 0, 1, 1, 0, 1]);
    assert.deepEqual(same.data, [0, 0, 1, 1, 0, 0]);
  });

  test('max over axes, kept or not', async () => {
    const { graph, x } = oneInput();
    const outputs = { rows: op.max(x, [-1]), columns: op.max(x, [0], { keep: true }), none: op.max(x, []) };
    assert.equal(await runtimeError(graph, outputs, feeds), 0);
    assert.deepEqual((await runGraph(graph, outputs, feeds)).rows, { shape: [2], data: [3, 5] });
  });

  test('topK: sorted from the largest, or as a set; k known or fed', async () => {
    const { graph, x } = oneInput();
    const k = graph.input('k', 'int64', [1]);
    const sorted = op.topK(x, 2, { sorted: true });
    const result = await runGraph(
      graph,
      { values: sorted.values, indices: sorted.indices, some: op.topK(x, k).indices },
      { ...feeds, k: fill([1], () => 2) },
    );
    assert.deepEqual(result.values, { shape: [2, 2], data: [3, 2, 5, 2] });
    assert.deepEqual(result.indices.data, [0, 2, 2, 0]);
    assert.deepEqual([result.some.data.slice(0, 2).sort(), result.some.data.slice(2).sort()], [[0, 2], [0, 2]]); // prettier-ignore
  });

  test('oneHot, shapeOf', async () => {
    const { graph, x } = oneInput();
    const indices = graph.input('indices', 'int64', ['tokens']);
    const outputs = { hot: op.oneHot(indices, 3), shape: op.shapeOf(x) };
    const result = await runGraph(graph, outputs, { ...feeds, indices: fill([2], (_, i) => 2 - i) });
    assert.deepEqual(result.hot, { shape: [2, 3], data: [0, 0, 1, 0, 1, 0] });
    assert.deepEqual(result.shape.data, [2, 3]);
  });

  test('numbers beside tensors take their type', async () => {
    const graph = new op.Graph();
    const counts = graph.input('counts', 'int64', [3]);
    const half = op.mul(op.cast(counts, 'float16'), 0.5);
    const outputs = { sum: op.add(counts, 2), some: op.greater(counts, 1), half: op.cast(half, 'float32') };
    assert.equal(half.dtype, 'float16');
    assert.equal(await runtimeError(graph, outputs, { counts: fill([3], (_, i) => i) }), 0);
    assert.equal(op.scalar(graph, 3, 'int32').dtype, 'int32');
    assert.throws(() => op.add(counts, 0.5), RangeError);
  });

  test('types that are floats', () => {
    const types = Object.keys(op.ONNX_TYPE) as op.DataType[];
    assert.deepEqual(types.filter(op.isFloat).sort(), ['bfloat16', 'float16', 'float32']);
  });
});

describe('refused while the graph is built', () => {
  const { graph, x } = oneInput();
  const square = graph.input('square', 'float32', [3, 3]);
  const whole = graph.input('whole', 'int64', [3]);
  const refused: readonly (readonly [title: string, build: () => unknown, message: RegExp])[] = [
    ['shapes that do not broadcast', () => op.add(x, square), /Add: \[tokens,3\] and \[3,3\]/],
    ['types that differ', () => op.add(x, whole), /types float32 and int64/],
    ['two numbers', () => op.add(1, 2), /must be a tensor/],
    ['inner sizes of a product', () => op.matmul(square, x), /matmul: \[3,3\] and \[tokens,3\] do not fit/],
    ['a product with a vector', () => op.matmul(square, whole), /matmul: \[3\] is not a matrix/],
    ['a reshape to another count', () => op.reshape(square, [2, 4]), /\[3,3\] does not become \[2,4\]/],
    ['a reshape to two unknown sizes', () => op.reshape(x, ['a', 'b']), /two sizes to infer/],
    ['an order that is none', () => op.transpose(square, [0, 0]), /0,0 is not an order/],
    ['an axis too far', () => op.sum(x, [2]), /axis 2 of a tensor of rank 2/],
    ['an axis named twice', () => op.sum(x, [1, -1]), /one axis twice/],
    ['the mean over a named axis', () => op.mean(x, [0]), /unknown size "tokens"/],
    ['a squeeze of a longer axis', () => op.squeeze(x, [1]), /squeeze: axes 1 of \[tokens,3\]/],
    ['a stretch that shrinks', () => op.expandLike(square, op.sum(square, [0])), /does not stretch/],
    ['a slice past the end', () => op.slice(x, 1, 2, 4), /slice \[2, 4\) of axis 1/],
    ['a backward slice', () => op.slice(x, 0, 2, 1), /slice \[2, 1\)/],
    ['a concatenation of unlike rows', () => op.concat([x, square], 1), /concat: \[tokens,3\] and \[3,3\]/],
    ['points of no known width', () => op.gatherPoints(x, graph.input('p', 'int64', ['n', 'm'])), /\[n, coordinates\]/],
    ['a second input of a name', () => graph.input('x', 'float32', []), /two inputs are named x/],
    ['a constant of another count', () => graph.constant(Float32Array.of(1, 2), [3]), /2 numbers for a constant/],
    ['a constant of another type', () => graph.constant(Float32Array.of(1), [1], 'int64'), /Float32Array .* int64/],
    ['a constant of a named size', () => graph.constant(Float32Array.of(1), ['n']), /known only when it runs/],
    ['values of two graphs', () => op.add(x, new op.Graph().scalar(1)), /belongs to another graph/],
    [
      'a weight of another byte length',
      () => graph.weight('w', 'float32', [2], { path: '/w', offset: 0, byteLength: 4 }),
      /4 bytes for w, float32 \[2\], of 8/,
    ],
  ];
  for (const [title, build, message] of refused) test(title, () => assert.throws(build, message));

  test('-0 and 0 are different constants, equal ones are shared', () => {
    assert.notEqual(graph.scalar(-0), graph.scalar(0));
    assert.equal(graph.scalar(1.5), graph.scalar(1.5));
    assert.notEqual(graph.integers([1]), graph.integers([2]));
  });
});
