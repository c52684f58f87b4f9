/** Norms with a given scale, of both kinds: the parts of a frozen layer that architectures other than Llama add. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSession, encodeModel, gradient, Graph, tensor, type Value } from '../../../src/onnx/index.ts';
import { norm, type NormWeights } from '../../../src/transformer/blocks.ts';
import { frozenNorm } from '../../../src/transformer/frozen.ts';
import { relativeError } from '../../support/replacement.ts';
import { normals } from '../../support/random.ts';

const WIDTH = 6;
const normal = normals(5);
const numbers = (count: number): Float32Array => Float32Array.from({ length: count }, () => normal());
const x = numbers(WIDTH);
const cotangent = numbers(WIDTH);
const weight = numbers(WIDTH);
const bias = numbers(WIDTH);

for (const kind of ['rms', 'layer'] as const) {
  test(`${kind}: the live norm at its own scale; the derivative keeps the scale fixed`, async () => {
    const graph = new Graph();
    const shape = ['tokens', 'rows', WIDTH];
    const input = graph.input('x', 'float32', shape);
    const constant = (data: Float32Array): Value => graph.constant(data, [data.length]);
    const weights: NormWeights = {
      kind,
      weight: constant(weight),
      ...(kind === 'layer' ? { bias: constant(bias) } : {}),
      epsilon: 1e-5,
    };
    const live = norm(input, weights);
    const frozen = frozenNorm(input, weights, graph.input('inverse_scale', 'float32', ['tokens', 1, 1]));
    const [back] = gradient([{ value: frozen.output, cotangent: graph.input('g', 'float32', shape) }], [input]);
    const outputs = {
      scale: live.scale,
      live: live.output,
      liveNormalized: live.normalized,
      frozen: frozen.output,
      frozenNormalized: frozen.normalized,
      back,
    };
    const session = await createSession(encodeModel(graph, outputs), { threads: 1 });
    const run = async (inverse: number) => {
      const feeds = {
        x: tensor(x, [1, 1, WIDTH]),
        g: tensor(cotangent, [1, 1, WIDTH]),
        inverse_scale: tensor(Float32Array.of(inverse), [1, 1, 1]),
      };
      const results = await session.run(feeds);
      return (name: keyof typeof outputs): Float32Array => results[name].data as Float32Array;
    };
    const scale = (await run(1))('scale')[0];
    const result = await run(1 / scale);
    assert.ok(relativeError(result('frozen'), result('live')) < 1e-6);
    assert.ok(relativeError(result('frozenNormalized'), result('liveNormalized')) < 1e-6);

    // g weight / scale, and in a LayerNorm less its mean, because the mean of x is taken from every coordinate.
    const scaled = cotangent.map((value, i) => (value * weight[i]) / scale);
    const mean = kind === 'layer' ? scaled.reduce((a, b) => a + b, 0) / WIDTH : 0;
    const expected = scaled.map(value => value - mean);
    assert.ok(relativeError(result('back'), expected) < 1e-6);
    await session.dispose();
  });
}
