import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createIntervention, steer } from '../../../src/intervention/index.ts';
import { maxAbs } from '../../support/onnx-numbers.ts';
import { referenceGraph } from '../../support/reference-graph.ts';
import { referenceCases } from '../../support/reference.ts';
import { PlainModel } from './plain-model.ts';

/** Of the largest entry of the adjacency matrix. */
const TOLERANCE = 1e-4;
/** Features of each case that are doubled, spread over all of them. */
const FEATURES = 24;

/** With everything frozen a change of one activation reaches every pre-activation along its edge alone. */
describe('doubling an active feature changes every pre-activation and logit by its adjacency column', () => {
  for (const name of referenceCases) {
    test(name, async () => {
      const { checkpoint, dictionary } = await PlainModel.open(name);
      const graph = await referenceGraph(name, 'full');
      const { features, size, adjacency, inputTokens: tokens, logitTargets } = graph;
      const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
      const sources = Array.from({ length: FEATURES }, (_, i) => Math.floor((i * features.length) / FEATURES));
      const options = { mode: { kind: 'constrained' }, activations: 'pre-activations' } as const;
      const [original, ...changed] = await intervention.run(
        [
          { tokens },
          ...sources.map(source => {
            const [layer, position, feature] = features[source];
            return { tokens, edits: [steer({ layer, position, feature }, 2)] };
          }),
        ],
        options,
      );
      const largest = maxAbs(adjacency);
      // Edges are parts of the logit before a soft cap.
      const cap = checkpoint.config.finalLogitSoftCap;
      sources.forEach((source, i) => {
        const edge = (row: number): number => adjacency[row * size + source];
        features.forEach(([layer, position, feature], row) => {
          const at = position * dictionary.layers[layer].nFeatures + feature;
          const change = changed[i].activations![layer][at] - original.activations![layer][at];
          assert.ok(Math.abs(change - edge(row)) < TOLERANCE * largest, `${source} -> ${row}: ${change}`);
        });
        const uncapped = (logit: number): number => (cap === undefined ? logit : cap * Math.atanh(logit / cap));
        const changes = changed[i].logits.map((logit, token) => uncapped(logit) - uncapped(original.logits[token]));
        const mean = changes.reduce((a, b) => a + b, 0) / changes.length;
        logitTargets.forEach(([, token], target) => {
          const row = size - logitTargets.length + target;
          assert.ok(Math.abs(changes[token] - mean - edge(row)) < TOLERANCE * largest, `${source} -> logit ${token}`);
        });
      });
      await intervention.dispose();
    });
  }
});
