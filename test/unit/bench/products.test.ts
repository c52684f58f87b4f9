import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { buildForwardGraph } from '../../../src/attribution/forward-graph.ts';
import { attribute } from '../../../src/attribution/attribute.ts';
import { buildTransportGraph, type BuiltGraph } from '../../../src/attribution/transport-graphs.ts';
import { preActivations } from '../../../src/dictionary/index.ts';
import { Graph } from '../../../src/onnx/index.ts';
import { liveNodes } from '../../../src/onnx/graph.ts';
import { neededFlop, type Place } from '../../bench/needed-flop.ts';
import {
  encoderProducts,
  forwardProducts,
  sizesOf,
  totalFlop,
  transportProducts,
  type Sizes,
} from '../../bench/products.ts';
import { recordWaves } from '../../bench/recorder.ts';
import { growthExponent, median } from '../../bench/statistics.ts';
import { referenceModel, referenceTensors } from '../../support/replacement.ts';

describe('the products that are counted are those of the graphs', () => {
  // Grouped queries; and a dictionary with a skip connection.
  for (const name of ['llama3-clt-relu', 'llama3-plt-relu-skip']) {
    test(name, async () => {
      const model = await referenceModel(name);
      const { checkpoint, dictionary } = model;
      const sizes = sizesOf(checkpoint.config, dictionary);
      const [tokens, rows] = [5, 7];

      const forward = countMatmuls(buildForwardGraph(checkpoint, dictionary), { tokens });
      assert.equal(totalFlop(forwardProducts(sizes, tokens)), forward);

      let encoders = 0;
      for (let layer = 0; layer < sizes.nLayers; layer++) {
        const graph = new Graph();
        const x = graph.input('x', 'float32', ['tokens', sizes.dModel]);
        encoders += countMatmuls({ graph, outputs: { pre: preActivations(dictionary, layer, x) } }, { tokens });
      }
      assert.equal(totalFlop(encoderProducts(sizes, tokens)), encoders);

      const transport = countMatmuls(buildTransportGraph(checkpoint, dictionary, 1), {
        tokens,
        carried: rows - 2,
        entering: 2,
        head_parts: 1,
        rows_of_part: tokens * (rows - 2),
      });
      assert.equal(totalFlop(transportProducts(sizes, tokens, rows, rows - 2)), transport);
      await model.dispose();
    });
  }
});

test('a recorded trace injects each feature and target once, and does at least what is needed', async () => {
  const name = 'llama3-clt-relu';
  const model = await referenceModel(name);
  const { tokens } = await referenceTensors(name);
  const sizes = sizesOf(model.checkpoint.config, model.dictionary);
  let expected: string[] = [];
  const record = await recordWaves(model, sizes, async () => {
    const result = await attribute(model, tokens);
    const { allActive, targets } = result;
    expected = [
      ...Array.from(allActive.layers, (level, i) => `${level} ${allActive.positions[i]}`),
      ...targets.map(() => `${sizes.nLayers} ${tokens.length - 1}`),
    ];
    return result;
  });
  assert.deepEqual(record.places.map(({ level, position }) => `${level} ${position}`).sort(), expected.sort());
  const noSources = Array.from({ length: sizes.nLayers }, () => tokens.map(() => 0));
  const needed = neededFlop(sizes, record.places, noSources);
  for (const stage of ['project', 'mix', 'read'] as const) {
    assert.ok(totalFlop(record.products, stage) >= needed[stage], stage);
    assert.ok(needed[stage] > 0, stage);
  }
  // Recording leaves the sessions as they were.
  const { runs } = record;
  await attribute(model, tokens);
  assert.equal(record.runs, runs);
  await model.dispose();
});

describe('needed operations, against counting one by one', () => {
  const sizes: Sizes = {
    vocabularySize: 5,
    dModel: 3,
    nLayers: 3,
    nHeads: 4,
    nKeyValueHeads: 2,
    headDim: 2,
    dMlp: 5,
    mlpMatrices: 3,
    nFeatures: [4, 4, 4],
    hasSkip: false,
    crossLayer: false,
  };
  const counts = [
    [0, 3, 1, 2],
    [0, 1, 4, 1],
    [0, 2, 2, 5],
  ];
  for (const hasSkip of [false, true]) {
    test(hasSkip ? 'with skip connections' : 'without', () => {
      const places: Place[] = [
        { level: 3, position: 3 },
        { level: 2, position: 1 },
        { level: 1, position: 3 },
        { level: 0, position: 2 },
      ];
      const whole = { ...sizes, hasSkip };
      assert.deepEqual(neededFlop(whole, places, counts), countOneByOne(whole, places, counts));
    });
  }
});

test('statistics', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.ok(Math.abs(growthExponent([1, 2, 4, 7].map(x => ({ x, y: 3 * x ** 1.5 }))) - 1.5) < 1e-12);
  assert.ok(Number.isNaN(growthExponent([{ x: 2, y: 1 }])));
});

/** 2mkn of every matrix product that a graph's outputs need, with its named sizes as given. */
function countMatmuls({ graph, outputs }: BuiltGraph, named: Readonly<Record<string, number>>): number {
  const size = (dimension: number | string): number =>
    typeof dimension === 'number'
      ? dimension
      : dimension.split('*').reduce((product, part) => product * sumOf(part.replace(/[()]/g, '').split('+')), 1);
  const sumOf = (parts: string[]): number => parts.reduce((sum, part) => sum + (named[part] ?? Number(part)), 0);
  let sum = 0;
  for (const { op, inputs, outputs: results, attributes } of liveNodes(graph, outputs).nodes) {
    if (op !== 'MatMul' && op !== 'FusedMatMul') continue;
    const { shape } = inputs[0];
    const inner = size(shape[shape.length - (attributes.transA === 1 ? 2 : 1)]);
    sum += 2 * inner * results[0].shape.reduce<number>((product, dimension) => product * size(dimension), 1);
  }
  return sum;
}

/** The same as `neededFlop`, number by number: each multiplication of a nonzero cotangent is found and counted. */
function countOneByOne(sizes: Sizes, places: readonly Place[], sourceCounts: readonly (readonly number[])[]) {
  const { dModel, nHeads, nKeyValueHeads, headDim, nLayers, hasSkip } = sizes;
  const count = { project: 0, mix: 0, read: 0 };
  for (const { level, position } of places) {
    // What is nonzero at the residual output of the layer, and in the middle of it, by position.
    let below = new Set<number>(level === nLayers ? [position] : []);
    for (let layer = nLayers - 1; layer >= 0; layer--) {
      if (layer > level) continue;
      const middle = new Set(below);
      for (const at of below) {
        for (let source = 0; source < sourceCounts[layer][at]; source++) {
          for (let d = 0; d < dModel; d++) count.read += 2;
        }
        if (hasSkip) for (let i = 0; i < dModel; i++) for (let o = 0; o < dModel; o++) count.project += 2;
      }
      if (layer === level) middle.add(position);
      const reached = new Set<number>();
      for (const query of middle) {
        for (let d = 0; d < dModel; d++) for (let h = 0; h < nHeads * headDim; h++) count.project += 2;
        for (let key = 0; key <= query; key++) {
          reached.add(key);
          for (let h = 0; h < nHeads * headDim; h++) count.mix += 2;
        }
      }
      for (let at = 0; at < reached.size; at++) {
        for (let h = 0; h < nKeyValueHeads * headDim; h++) for (let d = 0; d < dModel; d++) count.project += 2;
      }
      below = new Set([...middle, ...reached]);
    }
    for (let at = 0; at < below.size; at++) for (let d = 0; d < dModel; d++) count.read += 2;
  }
  return count;
}
