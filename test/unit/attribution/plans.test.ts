import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { WholeRow } from '../../../src/attribution/effect-row.ts';
import { FloatPool } from '../../../src/attribution/float-pool.ts';
import { NodeOrder } from '../../../src/attribution/node-order.ts';
import { RowCutter } from '../../../src/attribution/row-cutter.ts';
import { RowStore } from '../../../src/attribution/row-store.ts';
import { planSegments } from '../../../src/attribution/source-segments.ts';
import { NO_SOURCE, SourceVectors } from '../../../src/attribution/source-vectors.ts';
import { planBatches, planDescents, type WaveTarget } from '../../../src/attribution/wave-plan.ts';
import { compressRows } from '../../../src/dictionary/index.ts';
import { normals } from '../../support/random.ts';

describe('batches of a wave', () => {
  const normal = normals(3);
  const targets = Array.from({ length: 1000 }, (): WaveTarget => ({
    level: Math.floor(Math.abs(normal()) * 5) % 12,
    position: Math.floor(Math.abs(normal()) * 9) % 40,
  }));

  test('hold each target once, highest levels first, and no position after their last target', () => {
    const batches = planBatches(targets, { dModel: 576, nSources: 10 });
    const all = batches.flatMap(batch => Array.from(batch.targets)).sort((a, b) => a - b);
    assert.deepEqual(all, Array.from(targets.keys()));
    assert.ok(batches.length >= 8);
    for (const { targets: members, nTokens } of batches) {
      const levels = Array.from(members, member => targets[member].level);
      assert.deepEqual(
        levels,
        levels.toSorted((a, b) => b - a),
      );
      assert.equal(Math.max(...Array.from(members, member => targets[member].position)), nTokens - 1);
    }
  });

  test('stay within memory on wide models and long prompts', () => {
    const sizes = { dModel: 4096, nSources: 50_000 };
    const long = targets.map(({ level }, i) => ({ level, position: 500 + (i % 12) }));
    const batches = planBatches(long, sizes);
    for (const batch of batches) assert.ok(batch.targets.length * batch.nTokens * sizes.dModel <= 2 ** 23);
    const descents = planDescents(batches, sizes);
    assert.ok(descents.length > 1);
    assert.deepEqual(descents.flat(), batches);
    for (const descent of descents) {
      const values = descent.reduce(
        (sum, b) => sum + b.targets.length * (b.nTokens * sizes.dModel + sizes.nSources),
        0,
      );
      assert.ok(values * 4 <= 2 ** 30);
    }
  });

  test('read no more effects at once than memory allows, where sources are neurons', () => {
    const nSources = 276_480;
    const batches = planBatches(
      targets.map(({ level, position }) => ({ level, position: position % 6 })),
      { dModel: 576, nSources },
    );
    for (const batch of batches) assert.ok(batch.targets.length * nSources <= 2 ** 25);
    assert.ok(batches.slice(0, -1).every(batch => batch.targets.length >= 64));
  });

  test('of one position are divided by level, so that those of low levels wait', () => {
    const batches = planBatches(
      targets.map(({ level }) => ({ level, position: 30 })),
      { dModel: 576, nSources: 10 },
    );
    assert.ok(batches.length > 10);
    const levels = batches.map(batch => Array.from(batch.targets, target => targets[target].level));
    for (let i = 1; i < levels.length; i++) assert.ok(Math.min(...levels[i - 1]) >= Math.max(...levels[i]));
    const sizes = batches.map(batch => batch.targets.length);
    assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1);
  });

  test('of one level are divided by position, so that early ones are not carried through later positions', () => {
    const places = Array.from({ length: 2000 }, (_, i): WaveTarget => ({ level: 9, position: i % 50 }));
    const batches = planBatches(places, { dModel: 576, nSources: 10 });
    const carried = batches.reduce((sum, batch) => sum + batch.targets.length * batch.nTokens, 0);
    const needed = places.reduce((sum, { position }) => sum + position + 1, 0);
    assert.ok(carried <= 1.2 * needed, `${carried} positions for ${needed}`);
  });

  test('of nothing are none', () => {
    assert.deepEqual(planDescents(planBatches([], { dModel: 8, nSources: 1 }), { dModel: 8, nSources: 1 }), []);
  });
});

describe('pool of memory', () => {
  test('gives back the tightest fit, and never one array twice', () => {
    const pool = new FloatPool();
    const [small, large] = [pool.take(4), pool.take(9)];
    pool.give(large);
    pool.give(small);
    assert.equal(pool.take(3), small);
    assert.equal(pool.take(3), large);
    assert.notEqual(pool.take(3), large);
  });

  test('lets what is too small go', () => {
    const pool = new FloatPool();
    const small = pool.take(4);
    pool.give(small);
    assert.equal(pool.take(5).length, 5);
    assert.notEqual(pool.take(1), small);
  });
});

describe('node order', () => {
  test('every node has one number, in the order of the kinds', () => {
    const leaves = { positions: 3, dictionaryBiases: 2, mlpBiases: 2, attentionBiases: 2, rowBiases: 1, zeroed: 4 };
    const order = new NodeOrder(5, 2, 3, 2, leaves);
    const numbers = [
      ...[0, 1, 2, 3, 4],
      ...[0, 1].flatMap(layer => [0, 1, 2].map(position => order.error(layer, position))),
      ...[0, 1, 2].map(position => order.token(position)),
      ...[0, 1, 2].map(position => order.position(position)),
      ...[0, 1].map(layer => order.dictionaryBias(layer)),
      ...[0, 1].map(layer => order.mlpBias(layer)),
      ...[0, 1].map(layer => order.attentionBias(layer)),
      order.rowBias(),
      ...[0, 1].flatMap(layer => [0, 1].map(position => order.zeroed(layer, position))),
      ...[0, 1].map(index => order.logit(index)),
    ];
    assert.deepEqual(
      numbers,
      Array.from({ length: order.size }, (_, i) => i),
    );
    assert.equal(order.nSources, order.size - 2);
    const places = order.places();
    assert.deepEqual(
      places.map(({ kind }) => kind),
      order.kinds(),
    );
    assert.deepEqual(places[order.error(1, 2)], { kind: 'error', layer: 1, position: 2, index: 5 });
    assert.deepEqual(places[order.attentionBias(1)], {
      kind: 'bias',
      layer: 1,
      position: undefined,
      index: 1,
      part: 'attention',
    });
    assert.deepEqual(places[order.zeroed(1, 0)], { kind: 'zeroed', layer: 1, position: 0, index: 2 });
    assert.deepEqual(places[order.logit(1)], { kind: 'logit', layer: undefined, position: 2, index: 1 });
  });
});

describe('row store', () => {
  /** What influence 1 on a target passes on to each source. */
  function influencesOf(rows: RowStore, target: number, nSources: number): number[] {
    const sizes = { length: nSources, size: nSources };
    return Array.from(rows.influences(new Map([[target, 1]]), new Uint32Array(0), sizes));
  }

  test('keeps what holds the wanted share of a row, and restricts to nodes', () => {
    const rows = new RowStore(0.9);
    rows.set(3, new WholeRow(Float32Array.of(5, -4, 0.5, 0)));
    assert.deepEqual(influencesOf(rows, 3, 4), [5 / 9.5, 4 / 9.5, 0, 0]);
    rows.narrow(Uint32Array.of(1, 3), 4);
    assert.deepEqual(rows.build(), {
      matrix: {
        size: 2,
        rowStart: Uint32Array.of(0, 0, 1),
        sources: Uint32Array.of(0),
        weights: Float32Array.of(-4),
      },
      absoluteSums: Float64Array.of(0, 9.5),
    });
  });

  test('keeps at most so many of a row, the strongest, and counts the others in its sum', () => {
    const rows = new RowStore(0.999, 2);
    rows.set(3, new WholeRow(Float32Array.of(5, -4, 0.5, 0, -8)));
    assert.deepEqual(influencesOf(rows, 3, 5), [5 / 17.5, 0, 0, 0, 8 / 17.5]);
  });

  test('of long rows, too, exactly what a sort of all keeps, where a sample shows the strongest and where it misses them', () => {
    const normal = normals(9);
    const even = Float32Array.from({ length: 70_001 }, (_, i) => (i % 3 === 0 ? 0 : normal() ** 3));
    for (const row of [even, even.map((value, i) => (i % 16 === 0 ? value : 100 * value)), new Float32Array(70_001)]) {
      const total = row.reduce((sum, value) => sum + Math.abs(value), 0);
      const sorted = row.map(Math.abs).sort().reverse();
      let held = 0;
      const floor = sorted.find(value => value > 0 && (held += value) >= 0.8 * total) ?? Infinity;
      const expected = Array.from(row.keys()).filter(i => Math.abs(row[i]) >= floor);
      const { sources, weights, absoluteSum } = new RowCutter(0.8, Infinity).cut(new WholeRow(row));
      assert.deepEqual(Array.from(sources), expected);
      assert.deepEqual(
        weights,
        Float32Array.from(expected, i => row[i]),
      );
      assert.ok(Math.abs(absoluteSum - total) <= 1e-12 * total);
    }
  });

  test('narrowed, keeps the nodes of the graph of rows before and after, by their places', () => {
    for (const rows of [new RowStore(), new RowStore(0.999), new RowStore(0.999, 3)]) {
      rows.set(4, new WholeRow(Float32Array.of(8, -1, 0, 2, 0)));
      rows.set(3, new WholeRow(Float32Array.of(1, 1, 1, 0, 0)));
      rows.narrow(Uint32Array.of(0, 1, 2, 4), 5);
      rows.set(2, new WholeRow(Float32Array.of(3, 0, 0, 5, 0)));
      rows.setInGraph(1, new WholeRow(Float32Array.of(-6, 0, 0, 0)));
      assert.deepEqual(rows.build(), {
        matrix: {
          size: 4,
          rowStart: Uint32Array.of(0, 0, 1, 2, 4),
          sources: Uint32Array.of(0, 0, 0, 1),
          weights: Float32Array.of(-6, 3, 8, -1),
        },
        absoluteSums: Float64Array.of(0, 6, 8, 11),
      });
    }
  });

  test('narrowed, keeps of rows to come what is weak, but no more than it may', () => {
    const row = new WholeRow(Float32Array.of(1000, -1, 2, 500));
    const inGraph = new WholeRow(Float32Array.of(-7, 9, 8, 0));
    for (const [mostEntries, ofRow, ofGraph] of [
      [3, [0, 1, 2], [0, 1, 2]],
      [2, [0], [1, 2]],
    ] as const) {
      const rows = new RowStore(0.9, mostEntries);
      rows.narrow(Uint32Array.of(0, 1, 2, 4), 5);
      rows.set(2, row);
      rows.setInGraph(4, inGraph);
      const { sources, rowStart } = rows.build().matrix;
      assert.deepEqual(Array.from(sources.subarray(rowStart[2], rowStart[3])), ofRow);
      assert.deepEqual(Array.from(sources.subarray(rowStart[3], rowStart[4])), ofGraph);
    }
  });

  test('keeps everything but zeros by default', () => {
    const rows = new RowStore();
    rows.set(0, new WholeRow(Float32Array.of(0, 1e-30, -2)));
    rows.narrow(Uint32Array.of(0, 1, 2), 3);
    const { sources, weights } = rows.build().matrix;
    assert.deepEqual(
      [Array.from(sources), Array.from(weights)],
      [
        [1, 2],
        [Math.fround(1e-30), -2],
      ],
    );
  });
});

describe('sparse rows', () => {
  test('source vectors have a slot for each node at its position', () => {
    const sources = new SourceVectors(planSegments(Uint32Array.of(1, 2), 2), 2, 2);
    sources.add(1, 7).set([1, 2]);
    sources.add(1, 8).set([3, 4]);
    sources.add(0, 9).set([5, 6]);
    assert.deepEqual(sources.segments, [{ firstPosition: 0, positions: 2, width: 2, firstSlot: 0 }]);
    assert.deepEqual(
      Array.from(sources.nodes.keys(), slot => sources.positionOf(slot)),
      [0, 0, 1, 1],
    );
    assert.deepEqual(Array.from(sources.nodes), [9, NO_SOURCE, 7, 8]);
    assert.deepEqual(Array.from(sources.vectors), [5, 6, 0, 0, 1, 2, 3, 4]);
    assert.deepEqual(sources.runsAt(1), [{ slot: 0, node: 7, count: 2 }]);
    assert.deepEqual(sources.runsAt(0), [{ slot: 0, node: 9, count: 1 }]);
  });

  test('a position with many sources does not widen the others', () => {
    const counts = Uint32Array.of(3, 2, 900, 3, 2, 3);
    const segments = planSegments(counts, 576);
    assert.deepEqual(
      segments.map(({ firstPosition, positions, width }) => [firstPosition, positions, width]),
      [
        [0, 2, 3],
        [2, 1, 900],
        [3, 3, 3],
      ],
    );
    assert.deepEqual(
      segments.map(({ firstSlot }) => firstSlot),
      [0, 6, 906],
    );
    assert.equal(planSegments(Uint32Array.of(3, 2, 40, 3), 8).length, 1, 'a product of its own is not worth it');
    assert.deepEqual(planSegments(new Uint32Array(0), 8), []);
  });

  test('read-outs are sorted by feature, without zeros and skipped rows', () => {
    const values = Float32Array.of(9, 9, 0, -1, 2, 0);
    const indices = BigInt64Array.of(1n, 0n, 2n, 5n, 3n, 4n);
    const rows = compressRows(values, indices, 2, row => row === 0);
    assert.deepEqual(rows, {
      rowStart: Uint32Array.of(0, 0, 2),
      features: Uint32Array.of(3, 5),
      values: Float32Array.of(2, -1),
    });
  });
});
