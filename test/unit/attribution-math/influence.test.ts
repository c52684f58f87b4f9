import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { computeInfluence, inputSums, targetsFirst } from '../../../src/attribution/influence.ts';
import { fromDense, restrict } from '../../../src/attribution/sparse-matrix.ts';
import { cancelling, chain, diamond, handMade, unreachable } from './hand-made.ts';
import { acyclicGraph, powerSeries } from './random-graphs.ts';

describe('influence', () => {
  test('passes whole down a chain, whatever the size and sign of the weights', () => {
    assertClose(computeInfluence(chain.matrix, chain.logitWeights), [0.4, 0.4, 0.4, 0]);
  });

  test('splits and joins again in a diamond', () => {
    assertClose(computeInfluence(diamond.matrix, diamond.logitWeights), [0.75, 0.25, 1, 0]);
  });

  test('counts absolute weights where inputs cancel, and the signed sum shows it', () => {
    assertClose(computeInfluence(cancelling.matrix, cancelling.logitWeights), [0.5, 0.25, 0.25, 0.5, 0]);
    const { signed, absolute } = inputSums(cancelling.matrix);
    assert.equal(signed[cancelling.at('feature')], 0);
    assert.equal(absolute[cancelling.at('feature')], 20);
  });

  test('is zero for what reaches no logit', () => {
    const influence = computeInfluence(unreachable.matrix, unreachable.logitWeights);
    assert.equal(influence[unreachable.at('idle')], 0);
    assert.equal(influence[unreachable.at('deadEnd')], 0.45);
  });

  test('hardly passes on from inputs below the clamp of the row sum', () => {
    const faint = handMade({ token: 'token', logit: 'logit' }, { logit: { token: 1e-12 } }, { logit: 1 });
    assert.ok(Math.abs(computeInfluence(faint.matrix, faint.logitWeights)[0] - 0.01) < 1e-9);
  });

  test('a graph that is one logit has none', () => {
    const lone = handMade({ logit: 'logit' }, {}, { logit: 1 });
    assertClose(computeInfluence(lone.matrix, lone.logitWeights), [0]);
  });

  test('a logit that is a source of another logit gets influence', () => {
    const two = handMade({ a: 'logit', b: 'logit' }, { b: { a: 2 } }, { a: 0.3, b: 0.7 });
    assertClose(computeInfluence(two.matrix, two.logitWeights), [0.7, 0]);
  });

  test('equals the power series on any acyclic graph, and that of a part of it', () => {
    fc.assert(
      fc.property(acyclicGraph(), ({ size, dense, logitWeights, kept }) => {
        const matrix = fromDense(dense, size);
        assertClose(computeInfluence(matrix, logitWeights), powerSeries(dense, size, logitWeights));
        const masked = dense.map((w, i) => w * kept[Math.floor(i / size)] * kept[i % size]);
        const within = logitWeights.map((w, i) => w * kept[i]);
        const part = restrict(matrix, kept);
        assert.deepEqual(
          Array.from(part.entries, entry => [matrix.sources[entry], matrix.weights[entry]]),
          Array.from(part.matrix.sources, (source, i) => [part.nodes[source], part.matrix.weights[i]]),
        );
        const whole = powerSeries(masked, size, within);
        assertClose(
          computeInfluence(
            part.matrix,
            Float64Array.from(part.nodes, node => logitWeights[node]),
          ),
          Float64Array.from(part.nodes, node => whole[node]),
        );
      }),
    );
  });

  test('all that the logits give arrives in nodes without inputs', () => {
    fc.assert(
      fc.property(acyclicGraph(), ({ size, dense, logitWeights }) => {
        const matrix = fromDense(dense, size);
        const influence = computeInfluence(matrix, logitWeights);
        const { absolute } = inputSums(matrix);
        const leaves = influence.filter((_, i) => absolute[i] === 0).reduce((a, b) => a + b, 0);
        const given = logitWeights.filter((_, i) => absolute[i] !== 0).reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(leaves - given) < 1e-9 * Math.max(1, given), `${leaves} of ${given}`);
      }),
    );
  });

  test('refuses a cycle and weights that are not finite', () => {
    const loop = handMade(
      { a: 'feature', b: 'feature', logit: 'logit' },
      { a: { b: 1 }, b: { a: 1 }, logit: { a: 1 } },
      {},
    );
    assert.throws(() => computeInfluence(loop.matrix, loop.logitWeights), /cycle/);
    const broken = handMade({ a: 'feature', logit: 'logit' }, { logit: { a: NaN } }, { logit: 1 });
    assert.throws(() => computeInfluence(broken.matrix, broken.logitWeights), /not finite/);
  });
});

describe('targets first', () => {
  test('where they come last, that is their order from the end, and nodes without inputs follow', () => {
    const matrix = fromDense([0, 0, 0, 0, 1, 0, 2, 0, 0, 0, 0, 0, 3, 4, 5, 0], 4);
    assert.deepEqual(targetsFirst(matrix), Uint32Array.of(3, 1, 0, 2));
  });

  test('puts every node before its sources', () => {
    fc.assert(
      fc.property(acyclicGraph(), ({ size, dense }) => {
        const order = targetsFirst(fromDense(dense, size));
        assert.ok(order !== undefined);
        assert.deepEqual(
          [...order].sort((a, b) => a - b),
          Array.from({ length: size }, (_, i) => i),
        );
        const place = new Map([...order].map((node, i) => [node, i]));
        dense.forEach((weight, i) => {
          if (weight !== 0) assert.ok(place.get(Math.floor(i / size))! < place.get(i % size)!);
        });
      }),
    );
  });
});

function assertClose(actual: Float64Array, expected: ArrayLike<number>): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]) < 1e-9, `node ${i}: ${value}, expected ${expected[i]}`);
  });
}
