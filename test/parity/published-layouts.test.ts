/** Whole graphs and interventions through every published layout equal circuit-tracer's, which had its own layout. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { attribute } from '../../src/attribution/attribute.ts';
import { loadReplacementModel } from '../../src/attribution/replacement-model.ts';
import { toDense } from '../../src/attribution/sparse-matrix.ts';
import {
  cacheResolver,
  openCheckpoint,
  openSafetensors,
  readFloat32,
  tensorIn,
  type Checkpoint,
} from '../../src/checkpoint/index.ts';
import { checkDictionaryFits, openDictionary, type Dictionary } from '../../src/dictionary/index.ts';
import { createIntervention, patch } from '../../src/intervention/index.ts';
import { writePublished, type PublishedLayout } from '../support/published-layouts.ts';
import { referenceGraph } from '../support/reference-graph.ts';
import { referenceCase } from '../support/reference.ts';
import { referenceTensors, relativeError } from '../support/replacement.ts';

const TOLERANCE = 2e-6;

const cases: readonly (readonly [string, PublishedLayout])[] = [
  ['gemma2-plt-jumprelu', 'gemma-scope'],
  ['gemma2-plt-jumprelu', 'gemma-scope-deflated'],
  ['gemma3-plt-jumprelu-skip', 'gemma-scope-2'],
  ['llama3-plt-relu-skip', 'gemma-scope-2'],
  ['gemma3-clt-jumprelu', 'gemma-scope-2'],
  ['gemma2-clt-jumprelu-skip', 'gemma-scope-2'],
  ['llama3-plt-relu-skip', 'saelens'],
  ['gpt2-plt-topk', 'saelens'],
];

for (const [name, layout] of cases) {
  describe(`${name} as ${layout}`, () => {
    let folder: string;
    let checkpoint: Checkpoint;
    let dictionary: Dictionary;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'circuit-test-'));
      process.env.CIRCUIT_CACHE = join(folder, 'own-cache');
      const written = await writePublished(folder, name, layout);
      checkpoint = await openCheckpoint(join(await referenceCase(name), 'model'));
      dictionary = await openDictionary(written.dictionary, { resolveHub: cacheResolver(written.cache) });
    });
    after(async () => {
      delete process.env.CIRCUIT_CACHE;
      await rm(folder, { recursive: true });
    });

    test('kind, sizes and decoder rows', async () => {
      const own = await openDictionary(join(await referenceCase(name), 'transcoders'));
      checkDictionaryFits(dictionary, checkpoint.config);
      assert.deepEqual(
        [dictionary.kind, dictionary.nLayers, dictionary.nFeatures, dictionary.dModel, dictionary.k],
        [own.kind, own.nLayers, own.nFeatures, own.dModel, own.k],
      );
      const thresholds = layout !== 'saelens';
      assert.equal(dictionary.activation, thresholds && own.activation === 'relu' ? 'jumprelu' : own.activation);
      for (const { layer } of own.layers) {
        const features = [23, 0, 7, 7];
        assert.deepEqual(await dictionary.decoderRows(layer, features), await own.decoderRows(layer, features));
        assert.deepEqual(await dictionary.encoderRows(layer, features), await own.encoderRows(layer, features));
        assert.deepEqual(await dictionary.encoderRows(layer, []), new Float32Array(0));
      }
      await assert.rejects(async () => dictionary.encoderRows(0, [24]), RangeError);
    });

    test('the full graph', async () => {
      const expected = await referenceGraph(name, 'full');
      const model = await loadReplacementModel(checkpoint, dictionary, { threads: 1 });
      const { active, matrix } = await attribute(model, expected.inputTokens, {
        targets: { kind: 'salient', maxLogits: 10, probability: 0.95 },
      });
      assert.deepEqual(
        Array.from(active.layers, (layer, i) => [layer, active.positions[i], active.indices[i]]),
        expected.features,
      );
      assert.ok(relativeError(active.activations, expected.activations) < TOLERANCE);
      assert.ok(relativeError(toDense(matrix), expected.adjacency) < TOLERANCE);
      await model.dispose();
    });

    test('interventions', async () => {
      const path = join(await referenceCase(name), 'reference/interventions');
      const all = JSON.parse(await readFile(`${path}.json`, 'utf8')) as {
        key: string;
        layer: number;
        pos: number;
        feature: number;
        value: number;
        mode: string;
      }[];
      const expected = await openSafetensors(`${path}.safetensors`);
      const { tokens } = await referenceTensors(name);
      const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
      for (const { key, layer, pos, feature, value } of all.filter(({ mode }) => mode === 'frozen_attention')) {
        const edits = [patch({ layer, feature, position: pos }, value)];
        const [{ logits }] = await intervention.run([{ tokens, edits }], {
          logits: 'all',
          mode: { kind: 'frozen-attention' },
        });
        assert.ok(relativeError(logits, await readFloat32(tensorIn(expected, `${key}.logits`))) < 1e-4, key);
      }
      await intervention.dispose();
    });
  });
}
