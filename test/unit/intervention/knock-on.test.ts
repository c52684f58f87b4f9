/**
 * What a check by intervention shows. With everything frozen an edge is confirmed by construction, so that says nothing
 * about the model; what other features and MLPs make of a change is seen only where they may follow.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createIntervention, steer, type InterventionMode } from '../../../src/intervention/index.ts';
import { maxAbs } from '../../support/onnx-numbers.ts';
import { referenceGraph } from '../../support/reference-graph.ts';
import { PlainModel } from './plain-model.ts';

/** A cross-layer feature also writes to later layers: with free MLPs these answer to it and are added to once more. */
for (const name of ['llama3-plt-jumprelu', 'llama3untied-clt-jumprelu']) {
  describe(`doubling a feature of layer 0, and what features of layer 2 do: ${name}`, () => {
    const changes = async (mode: InterventionMode) => {
      const { checkpoint, dictionary } = await PlainModel.open(name);
      const { features, size, adjacency, inputTokens: tokens } = await referenceGraph(name, 'full');
      const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
      const source = features.findIndex(([layer, position]) => layer === 0 && position === 3);
      const [layer, position, feature] = features[source];
      const edits = [steer({ layer, position, feature }, 2)];
      const [original, changed] = await intervention.run([{ tokens }, { tokens, edits }], {
        mode,
        activations: 'pre-activations',
      });
      await intervention.dispose();
      const targets = [...features.keys()].filter(i => features[i][0] === 2 && features[i][1] >= position);
      const edges = targets.map(target => adjacency[target * size + source]);
      const seen = targets.map(target => {
        const [at, token, index] = features[target];
        const i = token * dictionary.layers[at].nFeatures + index;
        return changed.activations![at][i] - original.activations![at][i];
      });
      const errors = seen.map((change, i) => Math.abs(change - edges[i]) / maxAbs(edges));
      return errors.sort((a, b) => a - b);
    };

    test('constrained: exactly the edges, each decoder counted once', async () => {
      const errors = await changes({ kind: 'constrained' });
      assert.ok(errors.length > 20 && errors.at(-1)! < 1e-4, `largest error ${errors.at(-1)}`);
    });

    for (const kind of ['frozen-attention', 'free'] as const) {
      test(`${kind}: more than the edges`, async () => {
        const errors = await changes({ kind });
        const median = errors[errors.length >> 1];
        assert.ok(median > 0.02, `median difference ${median}`);
      });
    }
  });
}
