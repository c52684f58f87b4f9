/**
 * Direct effects on features that are not active: a pre-activation is linear in the sources whether it passes its
 * threshold or not, so the identities hold for every feature of a dictionary.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { ActiveFeatures } from '../../../src/attribution/active-features.ts';
import { PromptTrace } from '../../../src/attribution/prompt-trace.ts';
import { ablate, createIntervention } from '../../../src/intervention/index.ts';
import { maxAbs } from '../../support/onnx-numbers.ts';
import { referenceModel, referenceTensors, relativeError } from '../../support/replacement.ts';

const TOLERANCE = 1e-5;
/** One of each architecture, both kinds of dictionary, with and without skip connections. */
const cases = [
  'gpt2-clt-jumprelu',
  'neox-plt-topk-skip',
  'llama3-plt-relu-skip',
  'qwen3-plt-jumprelu-skip',
  'gemma2-clt-jumprelu-skip',
  'gemma3-clt-jumprelu',
];

/** Every feature of the dictionary at every position that has any, those that are not active with activation 0. */
function everyFeature(active: ActiveFeatures, sizes: { nLayers: number; nTokens: number; nFeatures: number }) {
  const { nLayers, nTokens, nFeatures } = sizes;
  const places = Array.from({ length: nLayers * (nTokens - 1) * nFeatures }, (_, i) => ({
    layer: Math.floor(i / (nFeatures * (nTokens - 1))),
    position: 1 + (Math.floor(i / nFeatures) % (nTokens - 1)),
    index: i % nFeatures,
  }));
  const key = (layer: number, position: number, index: number): string => `${layer} ${position} ${index}`;
  const activation = new Map(
    Array.from(active.activations, (value, i) => [
      key(active.layers[i], active.positions[i], active.indices[i]),
      value,
    ]),
  );
  return {
    places,
    active: {
      layers: Uint16Array.from(places, ({ layer }) => layer),
      positions: Uint32Array.from(places, ({ position }) => position),
      indices: Uint32Array.from(places, ({ index }) => index),
      activations: Float32Array.from(
        places,
        ({ layer, position, index }) => activation.get(key(layer, position, index)) ?? 0,
      ),
    },
  };
}

describe('features that are not active', () => {
  for (const name of cases) {
    test(name, async context => {
      const model = await referenceModel(name);
      context.after(() => model.dispose());
      const reference = await referenceTensors(name);
      const { tokens } = reference;
      const { nLayers, layers } = model.dictionary;
      const nFeatures = layers[0].nFeatures;
      const run = await model.run(tokens);
      const { places, active } = everyFeature(run.active, { nLayers, nTokens: tokens.length, nFeatures });
      const inactive = active.activations.filter(value => value === 0).length;
      assert.ok(inactive > places.length / 4, `${inactive} of ${places.length} are not active`);

      const trace = await PromptTrace.create(model, { pass: run.pass, active }, [], { leaves: true });
      const rows: Float32Array[] = [];
      await trace.rows(trace.targetNodes(), (node, effects) => (rows[node] = effects.slice()));

      const preActivations = await reference.floats('pre_activations');
      const at = places.map(({ layer, position, index }) => (layer * tokens.length + position) * nFeatures + index);
      const sums = rows.map(row => row.reduce((total, effect) => total + effect, 0));
      const error = relativeError(
        sums,
        at.map(i => preActivations[i]),
      );
      assert.ok(error < TOLERANCE, `rows with all leaves sum to the pre-activation: ${error}`);

      // With everything frozen, taking a source away changes what it held up or down by exactly its effect.
      const sources = [...places.keys()].filter(i => active.activations[i] !== 0 && places[i].layer === 0).slice(-3);
      const intervention = createIntervention(model.checkpoint, model.dictionary, { threads: 1 });
      context.after(() => intervention.dispose());
      const [original, ...changed] = await intervention.run(
        [
          { tokens },
          ...sources.map(i => {
            const { layer, position, index } = places[i];
            return { tokens, edits: [ablate({ layer, position, feature: index })] };
          }),
        ],
        { mode: { kind: 'constrained' }, activations: 'pre-activations' },
      );
      sources.forEach((source, k) => {
        const changes = places.map(({ layer, position, index }) => {
          const i = position * nFeatures + index;
          return original.activations![layer][i] - changed[k].activations![layer][i];
        });
        const effects = rows.map(row => row[source]);
        assert.ok(effects.some((effect, i) => active.activations[i] === 0 && effect !== 0));
        // A change is the difference of two pre-activations: it is as exact as they are.
        const off = Math.max(...changes.map((change, i) => Math.abs(change - effects[i]))) / maxAbs(preActivations);
        assert.ok(off < TOLERANCE, `without source ${source}: ${off}`);
      });
    });
  }
});
