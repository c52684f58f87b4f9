/** What a batch gives of all its rows at once, against the same from each row alone. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { BatchEffects } from '../../../src/attribution/batch-effects.ts';
import { EffectMemory } from '../../../src/attribution/effect-memory.ts';
import { spreadRow, type EffectRow } from '../../../src/attribution/effect-row.ts';
import { KeptColumns } from '../../../src/attribution/kept-columns.ts';
import { RowStore } from '../../../src/attribution/row-store.ts';
import { normals } from '../../support/random.ts';

const N_SOURCES = 40;
/** Where each target is: sources at later positions do not reach it. */
const POSITIONS = [2, 0, 1, 2, 1];

/** [targets][sources]: of blocks of 10 sources, each read for some of the first targets, with slots that hold anything. */
function batch(memory: EffectMemory): { effects: BatchEffects; dense: Float64Array[] } {
  const normal = normals(5);
  const effects = new BatchEffects(memory, N_SOURCES, POSITIONS);
  const dense = POSITIONS.map(() => new Float64Array(N_SOURCES));
  for (const [node, rows, position] of [
    [30, 2, 0],
    [0, 5, 2],
    [10, 5, 1],
    [20, 3, 0],
  ] as const) {
    const stride = 13;
    const values = memory.take(rows * stride);
    for (let i = 0; i < values.length; i++) values[i] = i % 7 === 0 ? 0 : normal();
    effects.add({ node, count: 10, values, first: 2, stride, rows, position });
    for (let target = 0; target < rows; target++) {
      if (position > POSITIONS[target]) continue;
      for (let i = 0; i < 10; i++) dense[target][node + i] = values[2 + target * stride + i];
    }
  }
  return { effects, dense };
}

function rowsOf(effects: BatchEffects): EffectRow[] {
  const rows: EffectRow[] = [];
  effects.rows((_, row) => rows.push(row));
  return rows;
}

const sumOf = (row: Float64Array): number => row.reduce((sum, value) => sum + Math.abs(value), 0);

describe('the rows of a batch', () => {
  test('each on its own, and their sums', () => {
    const { effects, dense } = batch(new EffectMemory());
    rowsOf(effects).forEach((row, target) => {
      const whole = new Float32Array(N_SOURCES);
      spreadRow(row, whole);
      assert.deepEqual(Float64Array.from(whole), dense[target]);
      assert.ok(Math.abs(row.absoluteSum - sumOf(dense[target])) <= 1e-12 * sumOf(dense[target]));
    });
  });

  test('the effects of some sources, with the sums of all, whichever is asked for first', () => {
    for (const sumsFirst of [false, true]) {
      const { effects, dense } = batch(new EffectMemory());
      const rows = rowsOf(effects);
      if (sumsFirst) assert.ok(rows[0].absoluteSum > 0);
      const kept = Uint32Array.of(1, 7, 8, 15, 29, 30, 39);
      const columns = new KeptColumns(kept, N_SOURCES);
      rows.forEach((row, target) => {
        const { sources, weights, absoluteSum } = row.pick(columns);
        const expected = Array.from(kept.keys()).filter(column => dense[target][kept[column]] !== 0);
        assert.deepEqual(Array.from(sources), expected);
        assert.deepEqual(
          Array.from(weights),
          expected.map(column => dense[target][kept[column]]),
        );
        assert.ok(Math.abs(absoluteSum - sumOf(dense[target])) <= 1e-12 * absoluteSum);
      });
      // Other columns are picked anew.
      const { weights } = rows[0].pick(new KeptColumns(Uint32Array.of(1), N_SOURCES));
      assert.deepEqual(Array.from(weights), [dense[0][1]]);
    }
  });

  test('nodes that write at several places have the sums, however many places', () => {
    for (const places of [2, 3, 4, 5, 9]) {
      const memory = new EffectMemory();
      const { effects, dense } = batch(memory);
      const normal = normals(places);
      for (let place = 1; place < places; place++) {
        // Twice as wide as what is there at node 20, and the same sources again at node 10.
        for (const [node, count] of [
          [10, 10],
          [20, 20],
        ]) {
          const values = memory.take(POSITIONS.length * count);
          for (let i = 0; i < values.length; i++) {
            values[i] = normal();
            dense[Math.floor(i / count)][node + (i % count)] += values[i];
          }
          effects.add({ node, count, values, first: 0, stride: count, rows: POSITIONS.length, position: 0 });
        }
      }
      effects.rows((target, row) => {
        const whole = new Float32Array(N_SOURCES);
        spreadRow(row, whole);
        whole.forEach((value, source) => {
          const expected = dense[target][source];
          assert.ok(Math.abs(value - expected) <= 1e-6 * (1 + Math.abs(expected)), `source ${source} of ${places}`);
        });
      });
    }
  });

  test('what they pass on together', () => {
    const { effects, dense } = batch(new EffectMemory());
    rowsOf(effects);
    const factors = Float64Array.of(0.5, 0, 2, 0.25, 3);
    for (const length of [N_SOURCES, 25]) {
      const sums = new Float64Array(length);
      effects.addMagnitudes(factors, sums);
      sums.forEach((sum, source) => {
        const expected = dense.reduce((all, row, target) => all + factors[target] * Math.abs(row[source]), 0);
        assert.ok(Math.abs(sum - expected) <= 1e-12 * (1 + expected), `source ${source}`);
      });
    }
  });

  test('a store of them finds the influences that one of copied rows finds', () => {
    // The targets are nodes 35 to 39 of 40, the first of them given; each is a source of those before it.
    const memory = new EffectMemory();
    const { effects, dense } = batch(memory);
    const [placed, copied] = [new RowStore(), new RowStore(1 - 1e-9)];
    rowsOf(effects).forEach((row, target) => {
      placed.set(35 + target, row);
      copied.set(35 + target, row);
    });
    const given = new Map([[35, 0.75]]);
    const nodes = Uint32Array.of(36, 37, 38, 39);
    const found = [placed, copied].map(rows => rows.influences(given, nodes, { length: N_SOURCES, size: N_SOURCES }));
    const expected = new Float64Array(N_SOURCES);
    dense.forEach((row, target) => {
      const influence = target === 0 ? 0.75 : expected[35 + target];
      row.forEach((value, source) => (expected[source] += (influence * Math.abs(value)) / sumOf(row)));
    });
    assert.ok(expected[36] > 0);
    for (const influences of found) {
      influences.forEach((value, source) => assert.ok(Math.abs(value - expected[source]) <= 1e-6, `source ${source}`));
    }
  });
});
