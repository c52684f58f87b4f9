import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { dictionarySize, estimateMemory, modelSize } from '../../../src/import/memory-estimate.ts';
import type { DictionaryShape, ModelShape } from '../../bench/large-model/shapes.ts';
import { writeDictionary } from '../../bench/large-model/write-dictionary.ts';
import { writeModel } from '../../bench/large-model/write-model.ts';
import { privateMemory } from '../../bench/private-memory.ts';
import { traceApart } from '../../bench/trace-apart.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const SMALL: ModelShape = {
  nLayers: 3,
  dModel: 64,
  nHeads: 4,
  nKeyValueHeads: 2,
  headDim: 16,
  dMlp: 96,
  vocabulary: 500,
};

describe('models of any size, made for benchmarks', () => {
  for (const kind of ['plt', 'clt'] as const) {
    test(`${kind}: published layouts, and about as many active features as wanted`, async t => {
      const folder = await temporaryFolder(t);
      const shape: DictionaryShape = { kind, nLayers: 3, dModel: 64, nFeatures: 600, active: 30 };
      await writeModel(join(folder, 'model'), SMALL);
      await writeDictionary(join(folder, kind), shape);
      const checkpoint = await openCheckpoint(join(folder, 'model'));
      const dictionary = await openDictionary(join(folder, kind));
      assert.equal(dictionary.kind, kind);
      assert.equal(checkpoint.files.length, 2);
      const model = await loadReplacementModel(checkpoint, dictionary);
      const { pass, active } = await model.run([2, 17, 401, 33, 290, 8, 75, 144, 499, 60]);
      await model.dispose();
      const perPlace = active.layers.length / (3 * 9);
      assert.ok(perPlace > 24 && perPlace < 36, `${perPlace} active at a position of a layer`);
      // Neither saturated by the soft cap of 30 nor flat.
      const deviation = Math.hypot(...pass.logits) / Math.sqrt(pass.logits.length);
      assert.ok(deviation > 0.05 && deviation < 10, `logits of ${deviation}`);
    });
  }
});

/** Weights of 50 million numbers: 200 MB if they were all widened at once. */
const WIDE: ModelShape = {
  nLayers: 8,
  dModel: 256,
  nHeads: 4,
  nKeyValueHeads: 2,
  headDim: 64,
  dMlp: 4096,
  vocabulary: 100_000,
};

test(
  'the memory of a trace of 16-bit weights stays below its estimate, and the estimate near it',
  { skip: privateMemory() === undefined },
  async t => {
    const folder = await temporaryFolder(t);
    const [model, dictionary] = [join(folder, 'model'), join(folder, 'plt')];
    await writeModel(model, WIDE);
    await writeDictionary(dictionary, { kind: 'plt', nLayers: 8, dModel: 256, nFeatures: 4096, active: 60 });
    const [nTokens, maxFeatureNodes] = [24, 1000];
    const { traces, peak } = await traceApart({ model, dictionary, nTokens, maxFeatureNodes, repeats: 1 });
    const sizes = {
      model: modelSize(await openCheckpoint(model)),
      dictionary: dictionarySize(await openDictionary(dictionary)),
    };
    const active = traces[0].active / (WIDE.nLayers * (nTokens - 1));
    const estimate = estimateMemory(sizes, nTokens, active, maxFeatureNodes);
    t.diagnostic(`peak ${peak / 1e6} MB, estimate ${estimate.private / 1e6} MB`);
    assert.ok(peak <= estimate.private, `${peak} bytes at the peak, ${estimate.private} estimated`);
    assert.ok(estimate.private < 2 * peak, `${peak} bytes at the peak, ${estimate.private} estimated`);
  },
);
