/** The derivative of a sum over heads, each head's product in parts of its rows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { normals } from '../../support/random.ts';

for (const headsFirst of [false, true]) {
  test(`products in parts are those of the whole, ${headsFirst ? 'heads' : 'outputs'} first`, async () => {
    const [m, n, heads, k] = [12, 6, 3, 4];
    const weightShape = headsFirst ? [heads, k, n] : [n, heads, k];
    const normal = normals(7);
    const draw = (shape: readonly number[]) =>
      op.tensor(Float32Array.from({ length: shape.reduce((a, b) => a * b) }, normal), shape);
    const [cotangent, weight] = [draw([m, n]), draw(weightShape)];
    const build = (parts?: string): op.OnnxModel => {
      const graph = new op.Graph();
      const x = graph.input('x', 'float32', [heads, 'm', k]);
      const seed = graph.input('cotangent', 'float32', ['m', n]);
      if (parts !== undefined) graph.input('parts', 'float32', [parts]);
      const w = graph.input('weight', 'float32', weightShape);
      const value = op.sumOverHeads(x, w, { headsFirst, ...(parts === undefined ? {} : { parts }) });
      return op.encodeModel(graph, { y: op.gradient([{ value, cotangent: seed }], [x])[0] });
    };
    const whole = await (await op.createSession(build())).run({ cotangent, weight });
    const model = build('parts');
    for (const bytes of [model.bytes, model.standardBytes()]) {
      const session = await op.createSession({ ...model, bytes });
      for (const parts of [1, 2, 3, 12]) {
        const { y } = await session.run({ cotangent, weight, parts: op.tensor(new Float32Array(parts), [parts]) });
        assert.deepEqual(y.dims, [heads, m, k]);
        const values = y.data as Float32Array;
        (whole.y.data as Float32Array).forEach((expected, i) => assert.ok(Math.abs(values[i] - expected) < 1e-5));
      }
      // No rows at all.
      const none = await session.run({
        cotangent: op.tensor(new Float32Array(0), [0, n]),
        weight,
        parts: op.tensor(new Float32Array(1), [1]),
      });
      assert.deepEqual(none.y.dims, [heads, 0, k]);
    }
  });
}
