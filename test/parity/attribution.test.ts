/** Whole graphs against circuit-tracer's (float64, stored as float32). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { attribute, type AttributionResult } from '../../src/attribution/attribute.ts';
import { prune } from '../../src/attribution/prune.ts';
import type { ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { toDense } from '../../src/attribution/sparse-matrix.ts';
import type { TargetRequest } from '../../src/attribution/targets.ts';
import { referenceGraph, referenceThresholds, type ReferenceGraph } from '../support/reference-graph.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceModel, relativeError } from '../support/replacement.ts';

/** float32 against float64: the largest that is seen is 4e-7. The contract is 1e-4. */
const TOLERANCE = 2e-6;

const requests = {
  full: { kind: 'salient', maxLogits: 10, probability: 0.95 },
  targets: { kind: 'tokens', tokens: [7, 3, 20] },
  logitdiff: { kind: 'difference', plus: 7, minus: 3, label: 't7-t3' },
} as const satisfies Record<string, TargetRequest>;

for (const name of referenceCases) {
  describe(`attribution: ${name}`, () => {
    let model: ReplacementModel;
    before(async () => {
      model = await referenceModel(name);
    });
    after(() => model.dispose());

    for (const graphName of ['full', 'targets', 'logitdiff'] as const) {
      test(graphName, async () => {
        const expected = await referenceGraph(name, graphName);
        const result = await attribute(model, expected.inputTokens, { targets: requests[graphName] });
        assertSameNodes(result, expected);
        assertClose('adjacency', toDense(result.matrix), expected.adjacency);
        assertClose('influence', result.pruned.influence, await expected.floats('node_influence'));
        assertClose('cumulative scores', result.pruned.cumulativeScores, await expected.floats('cumulative_scores'));
        assert.ok(Math.abs(result.scores.replacement - expected.replacementScore) < TOLERANCE);
        assert.ok(Math.abs(result.scores.completeness - expected.completenessScore) < TOLERANCE);
        for (const [nodeThreshold, edgeThreshold] of referenceThresholds) {
          const { matrix, kinds, logitWeights } = result;
          const pruned = prune(matrix, kinds, logitWeights, { nodeThreshold, edgeThreshold });
          const mask = await expected.integers(`node_mask_${nodeThreshold}_${edgeThreshold}`);
          assert.deepEqual(Array.from(pruned.nodeKept), mask, `nodes at ${nodeThreshold}`);
          const edges: number[] = [];
          for (let target = 0; target < matrix.size; target++) {
            for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
              if (pruned.edgeKept[entry] === 1) edges.push(target, matrix.sources[entry]);
            }
          }
          assert.deepEqual(edges, await expected.integers(`edges_${nodeThreshold}_${edgeThreshold}`));
        }
      });
    }
  });
}

function assertSameNodes(result: AttributionResult, expected: ReferenceGraph): void {
  const { layers, positions, indices, activations } = result.active;
  const features = Array.from(layers, (layer, i) => [layer, positions[i], indices[i]]);
  assert.deepEqual(features, expected.features);
  assertClose('activations', activations, expected.activations);
  assert.equal(result.order.size, expected.size);
  assert.deepEqual(result.kinds, expected.kinds);
  assert.deepEqual(
    result.targets.map(({ token }) => token),
    expected.logitTargets.map(([, token]) => token),
  );
  assertClose('logit weights', result.logitWeights, expected.logitWeights);
}

function assertClose(what: string, actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  const error = relativeError(actual, expected);
  assert.ok(error < TOLERANCE, `${what}: off by ${error} of the largest`);
}
