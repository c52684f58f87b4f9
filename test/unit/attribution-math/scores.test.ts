import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { graphScores, inputErrorShares } from '../../../src/attribution/scores.ts';
import { fromDense } from '../../../src/attribution/sparse-matrix.ts';
import { chain, completenessToy, handMade, unreachable } from './hand-made.ts';
import { acyclicGraph } from './random-graphs.ts';

describe('graph scores', () => {
  test('the completeness toy: replacement 0, completeness .60, strictly 1/3', () => {
    const scores = graphScores(completenessToy.matrix, completenessToy.kinds, completenessToy.logitWeights);
    assert.equal(scores.replacement, 0);
    assert.ok(Math.abs(scores.completeness - 0.6) < 1e-12);
    assert.ok(Math.abs(scores.strictCompleteness - 1 / 3) < 1e-12);
  });

  test('a graph without errors scores 1 in all', () => {
    const scores = graphScores(chain.matrix, chain.kinds, chain.logitWeights);
    assert.deepEqual(scores, { replacement: 1, completeness: 1, strictCompleteness: 1 });
  });

  test('error shares are shares of the absolute inputs', () => {
    const shares = inputErrorShares(unreachable.matrix, unreachable.kinds);
    assert.ok(Math.abs(shares[unreachable.at('used')] - 1 / 3) < 1e-12);
    assert.equal(shares[unreachable.at('idle')], 0);
  });

  test('errors of other modules count as errors', () => {
    const graph = handMade(
      { attention: 'lorsa error', token: 'token', logit: 'logit' },
      { logit: { attention: 1, token: 3 } },
      { logit: 1 },
    );
    assert.equal(graphScores(graph.matrix, graph.kinds, graph.logitWeights).replacement, 0.75);
  });

  test('one logit and nothing else: nothing to replace, nothing with inputs', () => {
    const lone = handMade({ logit: 'logit' }, {}, { logit: 1 });
    const scores = graphScores(lone.matrix, lone.kinds, lone.logitWeights);
    assert.ok(Number.isNaN(scores.replacement) && Number.isNaN(scores.strictCompleteness));
    assert.equal(scores.completeness, 1);
  });

  test('lie between 0 and 1, and the strict completeness is never the higher one', () => {
    fc.assert(
      fc.property(acyclicGraph(), ({ dense, size, kinds, logitWeights }) => {
        const { replacement, completeness, strictCompleteness } = graphScores(
          fromDense(dense, size),
          kinds,
          logitWeights,
        );
        for (const score of [replacement, completeness, strictCompleteness]) {
          assert.ok(Number.isNaN(score) || (score >= -1e-12 && score <= 1 + 1e-12));
        }
        assert.ok(Number.isNaN(strictCompleteness) || strictCompleteness <= completeness + 1e-12);
      }),
    );
  });
});
