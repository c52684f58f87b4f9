import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  cumulativeFractions,
  cumulativeThreshold,
  MagnitudeThreshold,
  nthLargest,
} from '../../../src/attribution/cumulative.ts';
import { prune } from '../../../src/attribution/prune.ts';
import { fromDense } from '../../../src/attribution/sparse-matrix.ts';
import { chain, diamond, handMade, unreachable } from './hand-made.ts';
import { acyclicGraph, normalise, powerSeries, type RandomGraph } from './random-graphs.ts';

/** Scores this close to the threshold may fall on either side of it: the two sums run in different orders. */
const TIE = 1e-12;

/** Of all magnitudes, some of them equal. */
const score = fc.oneof(
  fc.constant(0),
  fc.double({ min: 0, max: 1e3, noNaN: true }),
  fc.double({ min: 0, max: 1e-300, noNaN: true }),
  fc.integer({ min: 1, max: 3 }),
);

describe('the n-th largest', () => {
  test('is that of a sort, over all magnitudes and among equals', () => {
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 60 }), values => {
        const scores = Float64Array.from(values, Math.abs);
        const falling = scores.slice().sort().reverse();
        falling.forEach((value, i) => {
          assert.equal(nthLargest(scores, i + 1), value);
        });
      }),
    );
  });
});

describe('cumulative threshold', () => {
  test('is the value at which the descending share is reached', () => {
    const scores = Float64Array.of(1, 4, 0, 3, 2);
    assert.equal(cumulativeThreshold(scores, 0.4), 4);
    assert.equal(cumulativeThreshold(scores, 0.41), 3);
    assert.equal(cumulativeThreshold(scores, 0.7), 3);
    assert.equal(cumulativeThreshold(scores, 1), 1);
    assert.equal(cumulativeThreshold(scores, 0), 4);
  });

  test('keeps nothing of nothing', () => {
    assert.equal(cumulativeThreshold(new Float64Array(3), 0.8), Infinity);
    assert.equal(cumulativeThreshold(new Float64Array(0), 0.8), Infinity);
  });

  test('equals a full sort, over all magnitudes', () => {
    fc.assert(
      fc.property(
        fc.array(score, { minLength: 1, maxLength: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, share) => {
          const scores = Float64Array.from(values);
          const sorted = Float64Array.from(scores).sort().reverse();
          const total = sorted.reduce((a, b) => a + b, 0);
          if (total === 0) return;
          const found = cumulativeThreshold(scores, share);
          // The share above the found value is not enough, the share down to it is.
          const above = sorted.filter(value => value > found).reduce((a, b) => a + b, 0) / total;
          const downTo = sorted.filter(value => value >= found).reduce((a, b) => a + b, 0) / total;
          assert.ok(scores.includes(found));
          assert.ok(above < share + TIE && downTo > share - TIE, `${above} < ${share} <= ${downTo}`);
        },
      ),
    );
  });

  test('of the magnitudes of float32 rows is the same, row after row', () => {
    const magnitudes = new MagnitudeThreshold();
    const value = fc.oneof(fc.constant(0), fc.float({ min: -9, max: 9, noNaN: true }), fc.integer({ min: -3, max: 3 }));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 100 }), fc.double({ min: 0, max: 1, noNaN: true }), (values, share) => {
        const row = Float32Array.from(values);
        const scores = Float64Array.from(row, Math.abs);
        const { threshold, total } = magnitudes.of(row, share);
        const sum = scores.reduce((a, b) => a + b, 0);
        assert.ok(Math.abs(total - sum) <= TIE * sum);
        const down = (floor: number): number => scores.filter(score => score >= floor).reduce((a, b) => a + b, 0) / sum;
        const expected = cumulativeThreshold(scores, share);
        if (threshold !== expected) assert.ok(Math.abs(down(Math.max(threshold, expected)) - share) < TIE);
      }),
    );
  });

  test('of the magnitudes of float32 rows leaves at most so many, the strongest', () => {
    const magnitudes = new MagnitudeThreshold();
    const value = fc.integer({ min: -9999, max: 9999 }).map(number => number / 1024);
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 100 }),
        fc.integer({ min: 1, max: 100 }),
        (values, most) => {
          const row = Float32Array.from(values);
          const kept = (floor: number): number =>
            row.filter(number => number !== 0 && Math.abs(number) >= floor).length;
          const all = magnitudes.of(row, 1).threshold;
          const { threshold, total } = magnitudes.of(row, 1, most);
          assert.equal(total, magnitudes.of(row, 1).total);
          assert.ok(threshold >= all);
          if (row.length <= most) assert.equal(threshold, all);
          // Magnitudes are told apart to a sixteenth of a power of two: those of the highest group stay together.
          const highest = Math.max(...row.map(Math.abs));
          const crowd = row.filter(
            number => Math.abs(number) > 0 && Math.abs(number) * (1 + 1 / 16) > highest * 0.999,
          ).length;
          assert.ok(kept(threshold) <= Math.max(most, crowd));
          assert.ok(kept(threshold) > 0 || highest === 0);
          // Another group would not have fitted.
          const below = Math.max(0, ...row.map(Math.abs).filter(number => number < threshold));
          assert.ok(below === 0 || kept((below * 15) / 16) > most);
        },
      ),
    );
  });

  test('cumulative fractions count down from the strongest', () => {
    assert.deepEqual([...cumulativeFractions(Float64Array.of(1, 4, 0, 3))], [1, 0.5, 1, 0.875]);
    assert.deepEqual([...cumulativeFractions(new Float64Array(2))], [0, 0]);
  });
});

describe('pruning', () => {
  const all = { nodeThreshold: 1, edgeThreshold: 1 };

  test('keeps all of a chain', () => {
    const { nodeKept, edgeKept } = prune(chain.matrix, chain.kinds, chain.logitWeights, all);
    assert.deepEqual([...nodeKept], [1, 1, 1, 1]);
    assert.deepEqual([...edgeKept], [1, 1, 1]);
  });

  test('drops the weak side of a diamond with its edges', () => {
    const { nodeKept, edgeKept } = prune(diamond.matrix, diamond.kinds, diamond.logitWeights, {
      nodeThreshold: 0.8,
      edgeThreshold: 1,
    });
    assert.deepEqual([...nodeKept], [1, 0, 1, 1]);
    // Entries: left <- token, right <- token, logit <- left, logit <- right.
    assert.deepEqual([...edgeKept], [1, 0, 1, 0]);
  });

  test('drops features without inputs or outputs, and then what only they held up', () => {
    const { nodeKept } = prune(unreachable.matrix, unreachable.kinds, unreachable.logitWeights, all);
    assert.deepEqual([...nodeKept], [1, 0, 0, 1, 1, 1]);
    const tower = handMade(
      { top: 'feature', middle: 'feature', bottom: 'feature', token: 'token', error: 'error', logit: 'logit' },
      { top: { middle: 1 }, middle: { bottom: 1 }, logit: { top: 1, token: 1, error: 1 } },
      { logit: 1 },
    );
    assert.deepEqual([...prune(tower.matrix, tower.kinds, tower.logitWeights, all).nodeKept], [0, 0, 0, 1, 1, 1]);
  });

  test('keeps tokens and logits always, other leaves only with an edge', () => {
    const leaves = handMade(
      { feature: 'feature', bias: 'bias', position: 'position', token: 'token', error: 'error', logit: 'logit' },
      { feature: { bias: 9 }, logit: { feature: 9, position: 0.01, error: 0.01 } },
      { logit: 1 },
    );
    const { nodeKept } = prune(leaves.matrix, leaves.kinds, leaves.logitWeights, {
      nodeThreshold: 0.9,
      edgeThreshold: 0.9,
    });
    assert.deepEqual([...nodeKept], [1, 1, 0, 1, 0, 1]);
  });

  test('refuses thresholds that are no shares', () => {
    for (const thresholds of [
      { nodeThreshold: 1.1, edgeThreshold: 0.9 },
      { nodeThreshold: 0.5, edgeThreshold: NaN },
    ]) {
      assert.throws(() => prune(chain.matrix, chain.kinds, chain.logitWeights, thresholds), { code: 'usage' });
    }
  });

  test('equals the dense method with full sorts', () => {
    const share = fc.constantFrom(0.3, 0.5, 0.8, 0.9, 0.98);
    let compared = 0;
    fc.assert(
      fc.property(acyclicGraph(), share, share, (graph, nodeThreshold, edgeThreshold) => {
        const expected = densePrune(graph, nodeThreshold, edgeThreshold);
        if (expected === undefined) return;
        compared++;
        const matrix = fromDense(graph.dense, graph.size);
        const result = prune(matrix, graph.kinds, graph.logitWeights, { nodeThreshold, edgeThreshold });
        assert.deepEqual([...result.nodeKept], expected.nodes.map(Number));
        const edges = new Set<number>();
        for (let target = 0; target < graph.size; target++) {
          for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
            if (result.edgeKept[entry] === 1) edges.add(target * graph.size + matrix.sources[entry]);
          }
        }
        assert.deepEqual(
          [...edges],
          [...expected.edges.keys()].filter(i => expected.edges[i]),
        );
      }),
      { numRuns: 400 },
    );
    assert.ok(compared > 100, `only ${compared} graphs without ties`);
  });
});

/** The three steps written down densely; undefined where a score lies within rounding of its threshold. */
function densePrune(graph: RandomGraph, nodeThreshold: number, edgeThreshold: number) {
  const { size, dense, kinds, logitWeights } = graph;
  const influence = powerSeries(dense, size, logitWeights);
  const nodeFloor = floorOf([...influence], nodeThreshold);
  if (nodeFloor === undefined) return undefined;
  const nodes = kinds.map((kind, i) => influence[i] >= nodeFloor || kind === 'token' || kind === 'logit');
  const masked = dense.map((w, i) => (nodes[Math.floor(i / size)] && nodes[i % size] ? w : 0));
  const inner = powerSeries(masked, size, logitWeights);
  const scores = [...normalise(masked, size)].map((n, i) => {
    const target = Math.floor(i / size);
    return n * (inner[target] + logitWeights[target]);
  });
  const edgeFloor = floorOf(scores, edgeThreshold);
  if (edgeFloor === undefined) return undefined;
  const edges = scores.map(score => score >= edgeFloor);
  for (let changed = true; changed;) {
    changed = false;
    edges.forEach((edge, i) => (edges[i] = edge && nodes[Math.floor(i / size)] && nodes[i % size]));
    for (let node = 0; node < size; node++) {
      if (!nodes[node] || kinds[node] === 'token' || kinds[node] === 'logit') continue;
      const outgoing = edges.some((edge, i) => edge && i % size === node);
      const incoming = edges.some((edge, i) => edge && Math.floor(i / size) === node);
      if (outgoing && (incoming || kinds[node] !== 'feature')) continue;
      nodes[node] = false;
      changed = true;
    }
  }
  return { nodes, edges };
}

function floorOf(scores: number[], share: number): number | undefined {
  const sorted = scores.filter(score => score > 0).sort((a, b) => b - a);
  const total = sorted.reduce((a, b) => a + b, 0);
  if (total === 0) return Infinity;
  let sum = 0;
  for (const [i, score] of sorted.entries()) {
    sum += score;
    if (Math.abs(sum / total - share) < TIE) return undefined;
    if (sum / total < share && i < sorted.length - 1) continue;
    // Equal up to rounding: which of them is kept depends on the order of the additions.
    const near = sorted.filter(other => Math.abs(other - score) < TIE);
    return near.length > 1 ? undefined : score;
  }
  return undefined;
}
