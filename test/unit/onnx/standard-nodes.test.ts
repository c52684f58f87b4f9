/** Products with transposed operands in ONNX's own operators give what com.microsoft.FusedMatMul gives. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { liveNodes } from '../../../src/onnx/graph.ts';
import * as op from '../../../src/onnx/index.ts';
import { inStandardOperators } from '../../../src/onnx/standard-nodes.ts';
import { evaluate } from '../../support/onnx-interpreter.ts';
import { normals } from '../../support/random.ts';

/** Shapes as stored, with names for sizes that are known at run time: t = 3, r = 5, or no rows. */
const CASES: [op.Value['shape'], op.Value['shape'], boolean, boolean][] = [
  [['t', 4], [6, 4], false, true],
  [[4, 't'], [4, 6], true, false],
  [[4, 't'], [6, 4], true, true],
  [['t', 'r', 4], [6, 4], false, true],
  [[2, 't', 'r', 4], [6, 4], false, true],
  [['t', 'r', 4], ['r', 4], false, true],
  [['t', 'r', 4], ['t', 6, 4], false, true],
  [['t', 4, 'r'], ['t', 4, 6], true, false],
  [['t', 4, 'r'], ['t', 6, 4], true, true],
  [[2, 't', 'r', 4], ['t', 6, 4], false, true],
  [[4, 'r'], ['t', 4, 6], true, false],
]; // prettier-ignore
const SIZES: readonly Readonly<Record<string, number>>[] = [
  { t: 3, r: 5 },
  { t: 3, r: 0 },
];

/** Writes y = f(a, b) from inputs a and b. */
type Product = (a: op.Value, b: op.Value) => op.Value;

for (const [[a, b, transposeA, transposeB], sizes] of CASES.flatMap(each => SIZES.map(some => [each, some] as const))) {
  test(`[${a.join()}]${transposeA ? "'" : ''} [${b.join()}]${transposeB ? "'" : ''}, r = ${sizes.r}`, () =>
    compare(a, b, (left, right) => op.matmul(left, right, { transposeA, transposeB }), sizes));
}

for (const [headsFirst, sizes] of [false, true].flatMap(first => SIZES.map(some => [first, some] as const))) {
  test(`the derivative of a sum over heads, ${headsFirst ? 'heads' : 'outputs'} first, r = ${sizes.r}`, () =>
    compare(
      ['r', 6],
      headsFirst ? [3, 4, 6] : [6, 3, 4],
      (cotangent, weight) => {
        const x = weight.graph.input('x', 'float32', [3, 'r', 4]);
        return op.gradient([{ value: op.sumOverHeads(x, weight, { headsFirst }), cotangent }], [x])[0];
      },
      sizes,
    ));
}

async function compare(
  a: op.Value['shape'],
  b: op.Value['shape'],
  product: Product,
  sizes: Readonly<Record<string, number>>,
): Promise<void> {
  const graph = new op.Graph();
  const y = product(graph.input('a', 'float32', a), graph.input('b', 'float32', b));
  // Followed by another node, so that the product is no output itself.
  const model = op.encodeModel(graph, { y, twice: op.add(y, y) });
  const live = liveNodes(graph, { y }).nodes;
  assert.ok(live.some(({ domain }) => domain !== ''));
  assert.ok(live.flatMap(inStandardOperators).every(({ domain }) => domain === ''));
  const normal = normals(1);
  const fed = Object.entries({ a, b }).map(([name, shape]) => {
    const dims = shape.map(size => (typeof size === 'number' ? size : sizes[size]));
    const size = dims.reduce((all, dimension) => all * dimension, 1);
    return [name, { dims, data: Float32Array.from({ length: size }, normal) }] as const;
  });
  const feeds = Object.fromEntries(fed.map(([name, { dims, data }]) => [name, op.tensor(data, dims)]));
  const numbers = Object.fromEntries(
    fed.map(([name, { dims, data }]) => [name, { shape: dims, data: Float64Array.from(data) }]),
  );
  const expected = evaluate(graph, { y, twice: op.add(y, y) }, numbers);
  const session = await op.createSession({ ...model, bytes: model.standardBytes() });
  const outputs = await session.run(feeds);
  await session.dispose();
  for (const name of ['y', 'twice']) {
    assert.deepEqual(outputs[name].dims, expected[name].shape);
    const { data } = outputs[name];
    expected[name].data.forEach((value, i) => assert.ok(Math.abs(Number(data[i]) - value) < 1e-5));
  }
}
