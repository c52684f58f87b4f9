/** What writes in several layers: the places of its vectors, sums of its effects, and sources that are not kept. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attribute } from '../../../src/attribution/attribute.ts';
import { CrossLayerSources } from '../../../src/attribution/cross-layer-sources.ts';
import { loadReplacementModel, type ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { copySums, RunningSums } from '../../../src/attribution/running-sums.ts';
import { planSegments, segmentsOf } from '../../../src/attribution/source-segments.ts';
import { SourceVectors } from '../../../src/attribution/source-vectors.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import type { ArrayMemory } from '../../../src/attribution/trace-memory.ts';
import { randomModel, SMALL } from '../../support/random-model.ts';
import { relativeError } from '../../support/replacement.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const D_MODEL = 2;

describe('cross-layer sources', () => {
  /** Two positions. Nodes 1, 2 and 5 are of layers below, 6 and 7 of this one, 20 and 21 errors. */
  function layerOfThree(): CrossLayerSources {
    const counts = Uint32Array.of(3, 2);
    const vectors = new Float32Array(8 * D_MODEL);
    const features = new SourceVectors(
      segmentsOf([{ firstPosition: 0, positions: 2 }], counts),
      2,
      D_MODEL,
      vectors.subarray(0, 6 * D_MODEL),
    );
    const others = new SourceVectors(
      planSegments(Uint32Array.of(1, 1), D_MODEL),
      2,
      D_MODEL,
      vectors.subarray(6 * D_MODEL),
    );
    features.add(0, 1, 2).set([1, 1, 2, 2]);
    features.add(1, 5).set([5, 5]);
    features.add(0, 6).set([6, 6]);
    features.add(1, 7).set([7, 7]);
    others.add(0, 20).set([20, 20]);
    others.add(1, 21).set([21, 21]);
    return new CrossLayerSources(features, others, vectors, 6);
  }

  test('features lie layer by layer, and only those of this layer are whole here', () => {
    const sources = layerOfThree();
    const [features, others] = sources.segments;
    assert.deepEqual(features, { firstPosition: 0, positions: 2, width: 3, firstSlot: 0, sum: 0 });
    assert.deepEqual(others, { firstPosition: 0, positions: 2, width: 1, firstSlot: 0 });
    assert.deepEqual(sources.runsAt(0, features), [{ slot: 2, node: 6, count: 1 }]);
    assert.deepEqual(sources.runsAt(1, features), [{ slot: 1, node: 7, count: 1 }]);
    assert.deepEqual(sources.runsAt(1, others), [{ slot: 0, node: 21, count: 1 }]);
    assert.deepEqual(Array.from(sources.feed(features).data as Float32Array), [1, 1, 2, 2, 6, 6, 5, 5, 7, 7, 0, 0]);
    assert.deepEqual(Array.from(sources.feed(others).data as Float32Array), [20, 20, 21, 21]);
  });

  test('a run that begins in a layer below is cut', () => {
    const features = new SourceVectors(segmentsOf([{ firstPosition: 0, positions: 1 }], Uint32Array.of(4)), 1, D_MODEL);
    features.add(0, 3, 2);
    features.add(0, 5, 2);
    const others = new SourceVectors([], 1, D_MODEL);
    const sources = new CrossLayerSources(features, others, features.vectors, 5);
    assert.deepEqual(features.runsAt(0), [{ slot: 0, node: 3, count: 4 }]);
    assert.deepEqual(sources.runsAt(0, sources.segments[0]), [{ slot: 2, node: 5, count: 2 }]);
  });

  test('each vector has its node and position', () => {
    const sources = layerOfThree();
    const listed = Array.from(sources.nodes, (node, slot) => [node, sources.vectors[slot * D_MODEL]]);
    assert.deepEqual(
      listed.filter(([node]) => node < 100),
      [1, 2, 6, 5, 7, 20, 21].map(node => [node, node]),
    );
    const places = Array.from(sources.nodes.keys(), slot => sources.positionOf(slot));
    assert.deepEqual(places, [0, 0, 0, 1, 1, 1, 0, 1]);
  });
});

describe('running sums', () => {
  test('effects of the first sources are added up while rows come in', () => {
    const given: Float32Array[] = [];
    const memory: ArrayMemory = {
      take: length => new Float32Array(length).fill(NaN),
      give: array => given.push(array),
    };
    const sums = new RunningSums(memory, 3);
    const read = (values: number[], rows: number, width: number) =>
      sums.add(4, { values: Float32Array.from(values), positions: 2, rows, width });
    read([1, 2, 3, 10, 20, 30], 1, 3);
    const then = read([1, 1, 5, 6, 2, 2, 7, 8, 99], 2, 2);
    const target = new Float32Array(2);
    const at = (position: number, slot: number): number[] => {
      copySums(then, { position, rows: 2, slot, count: 1 }, target);
      return Array.from(target);
    };
    assert.deepEqual([at(0, 0), at(0, 1)], [[2, 5], [3, 6]]); // prettier-ignore
    assert.deepEqual([at(1, 0), at(1, 1)], [[12, 7], [22, 8]]); // prettier-ignore
    sums.dispose();
    assert.deepEqual(given, [then.values]);
  });
});

test('sources that are built anew for each descent give the rows of those that are kept', async t => {
  const tokens = [1, 17, 5, 33, 5, 29, 8, 2, 11];
  const { checkpoint, dictionary } = await randomModel(await temporaryFolder(t), {
    ...SMALL,
    kind: 'clt',
    nFeatures: 600,
    threshold: 0,
  });
  const model = await loadReplacementModel(checkpoint, dictionary, { threads: 1 });
  t.after(() => model.dispose());
  const options = { maxFeatureNodes: 100 };
  const kept = await attribute(model, tokens, options);
  assert.ok(kept.allActive.layers.length > 512, 'more than the candidates, so several waves');
  const built = model.sourcesOf.bind(model);
  let made = 0;
  model.sourcesOf = (...parameters: Parameters<ReplacementModel['sourcesOf']>) => {
    const sources = built(...parameters);
    Object.defineProperty(sources, 'areKept', { value: false });
    made++;
    return sources;
  };
  const anew = await attribute(model, tokens, options);
  assert.ok(made > 0);
  assert.deepEqual(anew.selected, kept.selected);
  assert.ok(relativeError(toDense(anew.matrix), toDense(kept.matrix)) < 1e-6);
});
