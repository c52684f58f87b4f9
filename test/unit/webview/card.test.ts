import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { FeatureRecord } from '../../../src/features/feature-record.ts';
import {
  annotationText,
  aroundPeak,
  asList,
  heatTokens,
  histogramBars,
  largestActivation,
  shownGroups,
  takenOver,
} from '../../../webview/model/card-model.ts';

const example = (acts: readonly number[], peak: number, repeated = false) => ({
  tokens: acts.map((_, i) => ` t${i}`),
  tokens_acts_list: acts,
  train_token_ind: peak,
  is_repeated_datapoint: repeated,
});
const record: FeatureRecord = {
  index: 3,
  examples_quantiles: [
    { quantile_name: 'Top', examples: [example([0, 4, 1], 1), example([0, 4, 0], 1, true)] },
    { quantile_name: 'Decile 1', examples: [example([0.5, 0], 0)] },
    { quantile_name: 'Empty', examples: [] },
  ],
  act_min: 0,
  act_max: 3,
  histogram: [900, 9, 0],
};

describe('feature card', () => {
  test('all examples are coloured on one scale: the largest activation there is', () => {
    assert.equal(largestActivation(record), 4);
    assert.deepEqual(heatTokens(['a', 'b', 'c'], [0, 2, -1], 4, 1), [
      { text: 'a', activation: 0, heat: 0, isPeak: false },
      { text: 'b', activation: 2, heat: 0.5, isPeak: true },
      { text: 'c', activation: -1, heat: 0, isPeak: false },
    ]);
    assert.deepEqual(
      heatTokens(['a', 'b'], [NaN], 0, -1).map(({ heat }) => heat),
      [0, 0],
    );
  });

  test('repeated examples and empty groups are left away', () => {
    assert.deepEqual(
      shownGroups(record).map(({ quantile_name: name, examples }) => [name, examples.length]),
      [
        ['Top', 1],
        ['Decile 1', 1],
      ],
    );
  });

  test('the part around a peak stays within the example', () => {
    assert.deepEqual(aroundPeak(example(new Array<number>(30).fill(0), 20), 5, 2), { from: 15, to: 23 });
    assert.deepEqual(aroundPeak(example([0, 1], 9), 5, 2), { from: 0, to: 2 });
  });

  test('the histogram covers the activations in equal bins, rare ones visible', () => {
    const bars = histogramBars(record);
    assert.deepEqual(
      bars.map(({ from, to }) => [from, to]),
      [
        [0, 1],
        [1, 2],
        [2, 3],
      ],
    );
    assert.equal(bars[0].height, 1);
    assert.ok(bars[1].height > 0.3 && bars[2].height === 0);
    assert.deepEqual(histogramBars({ index: 3, examples_quantiles: [] }), []);
  });

  test('typed lists lose blanks and repetitions', () => {
    assert.deepEqual(asList(' b, a ,,a', /,/), ['b', 'a']);
  });

  test('what another investigation says is taken over beside what is said here, and offered only if it is new', () => {
    const theirs = {
      layer: 1,
      feature: 7,
      label: 'Texas',
      note: 'theirs',
      tags: ['b', 'a'],
      evidence: ['one', 'two'],
      verdict: 'relevant' as const,
    };
    const own = { layer: 1, feature: 7, label: 'the state', note: 'mine', tags: ['c', 'b'], evidence: ['two'] };
    assert.deepEqual(takenOver(own, theirs), {
      label: 'Texas',
      verdict: 'relevant',
      tags: ['a', 'b', 'c'],
      evidence: ['two', 'one'],
    });
    const all = { ...takenOver(null, theirs), layer: theirs.layer, feature: theirs.feature };
    assert.deepEqual(all, { ...theirs, tags: ['a', 'b'] });
    assert.deepEqual(takenOver({ ...own, ...takenOver(own, theirs) } as typeof own, theirs), {});
    assert.equal(annotationText(theirs), '“Texas” · relevant · b, a · theirs · one · two');
  });
});
