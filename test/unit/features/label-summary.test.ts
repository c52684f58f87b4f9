import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarizeLabels, type FeatureLabel } from '../../../src/features/index.ts';

const label = (text: string, rule: FeatureLabel['rule'], detectionF1: number | null, fuzzing: number | null) => ({
  text,
  rule,
  detectionF1,
  fuzzing,
  sampleSize: 9,
  agreesWithWeights: null,
});

test('what the labels of a layer are worth', () => {
  const labels = [
    label('Dallas', 'token', 0.9, 1),
    label('of', 'token', null, 0.8),
    label('is (unclear)', 'next', 0.5, 0.6),
    label('rare (unclear)', 'token', null, null),
    label('never active', 'none', null, null),
  ];
  assert.deepEqual(summarizeLabels(labels), {
    labelled: 4,
    neverFired: 1,
    clear: 2,
    meanF1: 0.7,
    meanFuzzing: (1 + 0.8 + 0.6) / 3,
    meanLength: (6 + 2 + 12 + 14) / 4,
    longest: 14,
    rules: { token: 2 },
  });
  const none = { labelled: 0, neverFired: 0, clear: 0, meanF1: null, meanFuzzing: null, meanLength: null };
  assert.deepEqual(summarizeLabels([]), { ...none, longest: 0, rules: {} });
});
