import assert from 'node:assert/strict';
import { test } from 'node:test';
import { circuit, circuitJson } from '../support/cli.ts';

interface SummaryRow {
  layer: number | 'all';
  labelled: number;
  neverFired: number;
  clear: number;
  meanF1: number;
  meanFuzzing: number;
}

test('features list --summary: what the labels of a layer are worth', async () => {
  const choice = ['features', 'list', '--layer', '5'];
  const { layers } = await circuitJson<{ layers: SummaryRow[] }>([...choice, '--summary']);
  const { features } = await circuitJson<{ features: { clear: boolean; detection_f1: number | null }[] }>([
    ...choice,
    '--limit',
    '100000',
  ]);
  assert.deepEqual(
    layers.map(({ layer }) => layer),
    [5, 'all'],
  );
  const [row] = layers;
  assert.equal(row.labelled + row.neverFired, features.length);
  assert.equal(row.clear, features.filter(({ clear }) => clear).length);
  const f1 = features.flatMap(({ detection_f1 }) => (detection_f1 === null ? [] : [detection_f1]));
  assert.ok(Math.abs(row.meanF1 - f1.reduce((sum, value) => sum + value, 0) / f1.length) < 1e-9);
  const { stdout } = await circuit([...choice, '--summary']);
  assert.match(stdout, /^layer +labelled +never fired +clear +mean F1 +mean fuzzing\n5 +\d+ +\d+ +\d+ \(\d/);
});
