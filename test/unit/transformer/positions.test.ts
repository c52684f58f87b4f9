/** Masks, rotary tables and soft caps against brute force in float64. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSession, encodeModel, Graph, tensor } from '../../../src/onnx/index.ts';
import { softCap } from '../../../src/transformer/blocks.ts';
import { forwardFeeds } from '../../../src/transformer/inputs.ts';
import { causalMask, rotaryFrequencies, rotaryTables } from '../../../src/transformer/positions.ts';
import type { TransformerShape } from '../../../src/transformer/shape.ts';
import { assertWithin } from '../../support/numbers.ts';

const shape: TransformerShape = {
  architecture: 'gemma3',
  vocabularySize: 10,
  dModel: 8,
  nLayers: 2,
  nHeads: 2,
  nKeyValueHeads: 1,
  headDim: 8,
  dMlp: 8,
  normEpsilon: 1e-6,
  ropeTheta: 1e6,
  ropeScaling: { kind: 'linear', factor: 8 },
  localRopeTheta: 1e4,
  tieEmbeddings: true,
  layerTypes: ['sliding', 'full'],
  slidingWindow: 3,
};

describe('masks', () => {
  for (const window of [1, 2, 4, 7, 100]) {
    test(`a window of ${window}: a query sees itself and the ${window - 1} positions before it`, () => {
      const nTokens = 7;
      const mask = causalMask(nTokens, window);
      for (let query = 0; query < nTokens; query++) {
        for (let key = 0; key < nTokens; key++) {
          // transformers: sliding_window_overlay (key > query - window) and causal_mask (key <= query).
          const sees = key > query - window && key <= query;
          assert.equal(mask[query * nTokens + key], sees ? 0 : Math.fround(-1e9), `${query} ${key}`);
        }
      }
    });
  }

  test('without a window a query sees everything before it', () => {
    assert.deepEqual(causalMask(5), causalMask(5, 5));
  });

  test('sliding layers are fed a mask of their own, where there are any', () => {
    const feeds = forwardFeeds(shape, [[1, 2, 3, 4, 5]]);
    assert.deepEqual(feeds.attention_mask.data, causalMask(5));
    assert.deepEqual(feeds.attention_mask_sliding.data, causalMask(5, 3));
    const full = forwardFeeds({ ...shape, layerTypes: ['full', 'full'] }, [[1, 2, 3, 4, 5]]);
    assert.ok(!('attention_mask_sliding' in full) && !('rotary_cos_local' in full));
  });
});

describe('rotary tables', () => {
  /** Powers of one complex number: no cosine of a large angle. */
  function powers(frequency: number, count: number): [cos: number, sin: number][] {
    const [re, im] = [Math.cos(frequency), Math.sin(frequency)];
    const result: [number, number][] = [[1, 0]];
    for (let i = 1; i < count; i++) {
      const [a, b] = result[i - 1];
      result.push([a * re - b * im, a * im + b * re]);
    }
    return result;
  }

  function assertTables(
    cos: ArrayLike<number>,
    sin: ArrayLike<number>,
    width: number,
    frequency: (i: number) => number,
  ) {
    const nTokens = cos.length / width;
    const expected = Array.from({ length: width }, (_, i) => powers(frequency(i % (width / 2)), nTokens));
    const table = (part: 0 | 1) =>
      Array.from({ length: cos.length }, (_, at) => expected[at % width][Math.floor(at / width)][part]);
    assertWithin(cos, table(0), 1e-7, 'cosine');
    assertWithin(sin, table(1), 1e-7, 'sine');
  }

  test('global ones are scaled, local ones have a base of their own and are not', () => {
    const feeds = forwardFeeds(shape, [Array.from({ length: 40 }, () => 1)]);
    const values = (name: string) => feeds[name].data as Float32Array;
    assertTables(values('rotary_cos'), values('rotary_sin'), 8, i => 1e6 ** (-i / 4) / 8);
    assertTables(values('rotary_cos_local'), values('rotary_sin_local'), 8, i => 1e4 ** (-i / 4));
  });

  test('a part of a head has the frequencies of a head of that size', () => {
    const feeds = forwardFeeds({ ...shape, layerTypes: ['full', 'full'], rotaryDim: 4, ropeScaling: undefined }, [
      [1, 2, 3, 4],
    ]);
    assert.deepEqual(feeds.rotary_cos.dims, [4, 4]);
    assertTables(feeds.rotary_cos.data as Float32Array, feeds.rotary_sin.data as Float32Array, 4, i => 1e6 ** (-i / 2));
  });

  test('llama3: short waves stay, long ones are stretched, between them both are mixed (transformers, in float64)', () => {
    const scaling = {
      kind: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength: 8192,
    } as const;
    const frequencies = rotaryFrequencies(64, 5e5, scaling);
    const kinds = { kept: 0, mixed: 0, stretched: 0 };
    frequencies.forEach((frequency, i) => {
      const plain = 1 / 5e5 ** (i / 32);
      const wavelength = (2 * Math.PI) / plain;
      const smooth = (8192 / wavelength - 1) / 3;
      const kind = wavelength < 2048 ? 'kept' : wavelength > 8192 ? 'stretched' : 'mixed';
      const expected = { kept: plain, stretched: plain / 32, mixed: plain * (smooth + (1 - smooth) / 32) }[kind];
      assert.ok(Math.abs(frequency / expected - 1) < 1e-12, `${i}: ${frequency} is not ${expected}`);
      kinds[kind]++;
    });
    assert.ok(Object.values(kinds).every(count => count > 0));
  });

  test('the first position is not turned', () => {
    const { cos, sin } = rotaryTables(2, rotaryFrequencies(6, 10_000));
    assert.deepEqual([...cos.subarray(0, 6), ...sin.subarray(0, 6)], [1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });
});

test('a soft cap is nearly the identity below it, and never passed', async () => {
  const values = [-1000, -60, -5, -0.1, 0, 1e-4, 0.1, 5, 29, 60, 1000];
  const graph = new Graph();
  const x = graph.input('x', 'float32', [values.length]);
  assert.equal(softCap(x, undefined), x);
  const session = await createSession(encodeModel(graph, { capped: softCap(x, 30) }), { threads: 1 });
  const { capped } = await session.run({ x: tensor(Float32Array.from(values), [values.length]) });
  await session.dispose();
  const result = capped.data as Float32Array;
  assertWithin(
    result,
    values.map(value => 30 * Math.tanh(value / 30)),
    1e-6,
    'capped',
  );
  assert.ok(Math.max(...result.map(Math.abs)) <= 30);
  assert.ok(Math.abs(result[6] / 0.1 - 1) < 1e-5);
});
