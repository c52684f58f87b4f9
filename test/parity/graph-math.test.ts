/** Influence, pruning and scores against circuit-tracer's on every reference graph (made in float64, stored as float32). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { computeInfluence } from '../../src/attribution/influence.ts';
import { prune } from '../../src/attribution/prune.ts';
import { graphScores } from '../../src/attribution/scores.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceGraph, referenceGraphs, referenceThresholds } from '../support/reference-graph.ts';

/** float32 adjacency, float32 results: what rounding explains. The contract is 1e-4. */
const TOLERANCE = 1e-6;

for (const name of referenceCases) {
  describe(`graph mathematics: ${name}`, () => {
    for (const graphName of referenceGraphs) {
      test(graphName, async () => {
        const graph = await referenceGraph(name, graphName);
        const { matrix, kinds, logitWeights } = graph;
        assertClose(computeInfluence(matrix, logitWeights), await graph.floats('node_influence'), 'influence');

        const scores = graphScores(matrix, kinds, logitWeights);
        assert.ok(Math.abs(scores.replacement - graph.replacementScore) < TOLERANCE);
        assert.ok(Math.abs(scores.completeness - graph.completenessScore) < TOLERANCE);
        assert.ok(scores.strictCompleteness <= scores.completeness);

        for (const [nodeThreshold, edgeThreshold] of referenceThresholds) {
          const result = prune(matrix, kinds, logitWeights, { nodeThreshold, edgeThreshold });
          const suffix = `${nodeThreshold}_${edgeThreshold}`;
          assertClose(result.cumulativeScores, await graph.floats('cumulative_scores'), 'cumulative scores');
          assert.deepEqual(Array.from(result.nodeKept), await graph.integers(`node_mask_${suffix}`), suffix);
          const edges: number[] = [];
          for (let target = 0; target < graph.size; target++) {
            for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
              if (result.edgeKept[entry] === 1) edges.push(target, matrix.sources[entry]);
            }
          }
          assert.deepEqual(edges, await graph.integers(`edges_${suffix}`), suffix);
        }
      });
    }
  });
}

function assertClose(actual: Float64Array, expected: Float32Array, what: string): void {
  assert.equal(actual.length, expected.length);
  const worst = actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - expected[i])), 0);
  assert.ok(worst < TOLERANCE, `${what}: off by ${worst}`);
}
