import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { finiteDifferenceError, runGraph, runtimeError } from '../../support/onnx-derivatives.ts';
import { evaluate } from '../../support/onnx-interpreter.ts';
import { fill, type NumberTensor } from '../../support/onnx-numbers.ts';
import { uniforms } from '../../support/random.ts';

const random = uniforms(11);
const numbers = (...shape: number[]): NumberTensor => fill(shape, () => Math.fround(2 * random() - 1));
const ones = (...shape: number[]): NumberTensor => fill(shape, () => 1);

function oneInput(): { graph: op.Graph; x: op.Value; feeds: { x: NumberTensor } } {
  const graph = new op.Graph();
  return { graph, x: graph.input('x', 'float32', [2, 3]), feeds: { x: numbers(2, 3) } };
}

describe('gradient', () => {
  test('a value that is used several times collects all of its cotangents', () => {
    const { graph, x, feeds } = oneInput();
    const y = op.add(op.mul(x, x), op.mul(op.sum(x, [1], { keep: true }), x));
    const [dx] = op.gradient([{ value: y }], [x]);
    assert.ok(finiteDifferenceError(graph, [seed(graph, y)], [x], [dx], { ...feeds, ones: ones(2, 3) }) < 1e-8);
  });

  test('a shared sub-expression is visited once, however many paths lead there', () => {
    const { graph, x, feeds } = oneInput();
    let y = x;
    for (let depth = 0; depth < 40; depth++) y = op.mul(op.add(y, y), 0.5);
    const before = graph.nodes.length;
    const [dx] = op.gradient([{ value: y }], [x]);
    // 2^40 paths; each of the 80 nodes costs at most three new ones.
    assert.ok(graph.nodes.length - before < 3 * 80, `${graph.nodes.length - before} nodes`);
    assert.deepEqual([...evaluate(graph, { dx }, feeds).dx.data], [1, 1, 1, 1, 1, 1]);
  });

  test('seeds at several values add up, with and without cotangents', () => {
    const { graph, x, feeds } = oneInput();
    const hidden = op.tanh(x);
    const top = op.sum(op.mul(hidden, hidden), [1]);
    const cotangent = graph.input('cotangent', 'float32', [2, 3]);
    const [dx, dHidden] = op.gradient([{ value: hidden, cotangent }, { value: top }, { value: top }], [x, hidden]);
    const given = { ...feeds, cotangent: numbers(2, 3) };
    const result = evaluate(graph, { dx, dHidden }, given);
    given.x.data.forEach((value, i) => {
      const h = Math.tanh(value);
      const expected = given.cotangent.data[i] + 2 * 2 * h;
      assert.ok(Math.abs(result.dHidden.data[i] - expected) < 1e-12);
      assert.ok(Math.abs(result.dx.data[i] - expected * (1 - h * h)) < 1e-12);
    });
  });

  test('with respect to a value between: as if it were an input', () => {
    const { graph, x, feeds } = oneInput();
    const between = op.exp(x);
    const y = op.mul(between, between);
    const [d] = op.gradient([{ value: y }], [between]);
    const result = evaluate(graph, { d }, feeds).d.data;
    feeds.x.data.forEach((value, i) => assert.ok(Math.abs(result[i] - 2 * Math.exp(value)) < 1e-12));
  });

  test('a seed is its own gradient', () => {
    const { graph, x, feeds } = oneInput();
    const [dx] = op.gradient([{ value: x }], [x]);
    assert.deepEqual([...evaluate(graph, { dx }, feeds).dx.data], [1, 1, 1, 1, 1, 1]);
  });

  test('values that the seeds do not depend on get zeros of their shape', async () => {
    const graph = new op.Graph();
    const x = graph.input('x', 'float32', ['tokens', 3]);
    const other = graph.input('other', 'float32', [4, 'tokens']);
    const late = op.mul(x, 2);
    const outputs = op.gradient([{ value: op.exp(x) }], [other, late, op.stopGradient(x)]);
    const named = { other: outputs[0], late: outputs[1], stopped: outputs[2] };
    const feeds = { x: numbers(2, 3), other: numbers(4, 2) };
    const result = evaluate(graph, named, feeds);
    assert.deepEqual(
      Object.values(result).map(({ shape, data }) => [shape, [...data].every(value => value === 0)]),
      [[[4, 2], true], [[2, 3], true], [[2, 3], true]], // prettier-ignore
    );
    assert.equal(await runtimeError(graph, named, feeds), 0);
  });

  test('only what lies between the seeds and wrt is differentiated', () => {
    const graph = new op.Graph();
    const x = graph.input('x', 'float32', [3, 3]);
    const weight = graph.input('weight', 'float32', [3, 3]);
    const y = op.matmul(op.topK(weight, 3).values, op.exp(x));
    // topK has no derivative, and none is needed.
    const before = graph.nodes.length;
    const [dx] = op.gradient([{ value: y }], [x]);
    assert.equal(dx.shape.join(), '3,3');
    const added = graph.nodes.slice(before).filter(node => node.op.endsWith('MatMul'));
    assert.equal(added.length, 1);
  });

  test('a deep chain does not overflow the stack', () => {
    const { x, graph } = oneInput();
    let y = x;
    for (let depth = 0; depth < 20000; depth++) y = op.add(y, 1);
    op.gradient([{ value: y }], [x]);
    assert.ok(op.encodeModel(graph, { y }).bytes.length > 20000);
  });
});

describe('stopGradient', () => {
  test('passes the value and no gradient', () => {
    const { graph, x, feeds } = oneInput();
    const y = op.mul(op.stopGradient(op.exp(x)), x);
    const [dx] = op.gradient([{ value: y }], [x]);
    const result = evaluate(graph, { y, dx }, feeds);
    feeds.x.data.forEach((value, i) => {
      assert.equal(result.dx.data[i], Math.exp(value));
      assert.equal(result.y.data[i], Math.exp(value) * value);
    });
  });

  test('a layer norm with a frozen scale is linear: its transport is the transpose of its map', () => {
    const { graph, x, feeds } = oneInput();
    const scale = op.stopGradient(op.rmsNormalize(x, 1e-5).scale);
    const cotangent = graph.input('cotangent', 'float32', [2, 3]);
    const [dx] = op.gradient([{ value: op.div(x, scale), cotangent }], [x]);
    const given = { ...feeds, cotangent: numbers(2, 3) };
    const result = evaluate(graph, { dx, scale }, given);
    result.dx.data.forEach((value, i) => {
      const expected = given.cotangent.data[i] / result.scale.data[Math.floor(i / 3)];
      assert.ok(Math.abs(value - expected) < 1e-12);
    });
  });
});

describe('customGradient', () => {
  test('the derivative of a straight-through estimate is the one given', async () => {
    const { graph, x, feeds } = oneInput();
    const step = op.cast(op.greater(x, 0), 'float32');
    const y = op.customGradient(step, [x], ([g]) => [op.mul(g!, 0.5)]);
    const [dx] = op.gradient([{ value: op.mul(y, 3) }], [x]);
    const result = evaluate(graph, { y, dx }, feeds);
    feeds.x.data.forEach((value, i) => assert.equal(result.y.data[i], value > 0 ? 1 : 0));
    assert.deepEqual([...result.dx.data], [1.5, 1.5, 1.5, 1.5, 1.5, 1.5]);
    assert.equal(await runtimeError(graph, { y, dx }, feeds), 0);
  });

  test('says which inputs want a cotangent', () => {
    const graph = new op.Graph();
    const [x, threshold] = [graph.input('x', 'float32', [3]), graph.input('threshold', 'float32', [3])];
    let seen: readonly boolean[] = [];
    const y = op.customGradient(op.jumpRelu(x, threshold), [x, threshold], ([g], wanted) => {
      seen = wanted;
      return [undefined, g];
    });
    const [dThreshold] = op.gradient([{ value: y }], [threshold]);
    assert.deepEqual(seen, [false, true]);
    assert.deepEqual(
      [...evaluate(graph, { dThreshold }, { x: ones(3), threshold: ones(3) }).dThreshold.data],
      [1, 1, 1],
    );
  });

  test('a cotangent of the wrong shape is refused', () => {
    const { x } = oneInput();
    const y = op.customGradient(x, [x], ([g]) => [op.sum(g!, [0])]);
    assert.throws(() => op.gradient([{ value: y }], [x]), /cotangent \[3\] of x \[2,3\]/);
  });
});

describe('what has no derivative', () => {
  test('an error names the operator', () => {
    const { x } = oneInput();
    assert.throws(() => op.gradient([{ value: op.topK(x, 2).values }], [x]), /TopK has no derivative/);
    assert.throws(() => op.gradient([{ value: op.max(x, [1]) }], [x]), /ReduceMax has no derivative/);
  });

  test('but comparisons, roundings and positions count as constants', () => {
    const { graph, x, feeds } = oneInput();
    const mask = op.cast(op.equal(x, op.expandLike(op.max(op.stopGradient(x), [1], { keep: true }), x)), 'float32');
    const positions = op.cast(op.gatherRows(op.cast(x, 'int64'), graph.integers([1, 0])), 'float32');
    const [dx] = op.gradient([{ value: op.add(op.mul(x, mask), positions) }], [x]);
    const result = evaluate(graph, { dx, mask }, feeds);
    assert.deepEqual([...result.dx.data], [...result.mask.data]);
  });

  test('a gradient needs a seed, and its cotangent the shape of the value', () => {
    const { graph, x } = oneInput();
    assert.throws(() => op.gradient([], [x]), /at least one seed/);
    assert.throws(() => op.gradient([{ value: x, cotangent: graph.scalar(1) }], [x]), /cotangent \[\] of x \[2,3\]/);
    const stranger = new op.Graph().input('stranger', 'float32', [2, 3]);
    assert.throws(() => op.gradient([{ value: x, cotangent: stranger }, { value: op.exp(x) }], [x]), /another graph/);
  });

  test('a slice or a concatenation along a named axis', () => {
    const graph = new op.Graph();
    const x = graph.input('x', 'float32', ['tokens', 2]);
    assert.throws(() => op.gradient([{ value: op.slice(x, 0, 0, 1) }], [x]), /axis of known size/);
    assert.throws(() => op.gradient([{ value: op.concat([x, x], 0) }], [x]), /axis of known sizes/);
  });
});

test('sums over repeated rows are exact with several threads', async () => {
  const graph = new op.Graph();
  const [rows, width] = [3, 256];
  const table = graph.input('table', 'float32', [rows, width]);
  const indices = graph.input('indices', 'int64', ['count']);
  const [dTable] = op.gradient([{ value: op.gatherRows(table, indices) }], [table]);
  const count = 4096;
  const feeds = { table: numbers(rows, width), indices: fill([count], (_, i) => i % rows) };
  for (let repeat = 0; repeat < 10; repeat++) {
    const { dTable: sums } = await runGraph(graph, { dTable }, feeds, 4);
    sums.data.forEach((sum, i) => assert.equal(sum, Math.ceil((count - Math.floor(i / width)) / rows)));
  }
});

/** A seed of ones that is fed. */
function seed(graph: op.Graph, value: op.Value): { value: op.Value; cotangent: op.Value } {
  return { value, cotangent: graph.input('ones', 'float32', value.shape) };
}
