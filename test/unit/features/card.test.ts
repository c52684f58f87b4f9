import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  exampleText,
  featureCard,
  histogramBars,
  labelEvidence,
  explainLabel,
  type FeatureRecord,
} from '../../../src/features/index.ts';
import { bareText, inLabel, normalForm, printable } from '../../../src/features/token-text.ts';

const label = {
  text: 'Dallas, Houston',
  rule: 'token',
  detectionF1: 0.87,
  fuzzing: 1,
  sampleSize: 72,
  agreesWithWeights: true,
} as const;

const record: FeatureRecord = {
  index: 0,
  examples_quantiles: [
    {
      quantile_name: 'Top activations',
      examples: [
        example(['<bos>', ' The', ' city', ' of', ' Dallas', ' is', '\n'], 4, 2.5),
        example(['<bos>', ' The', ' city', ' of', ' Dallas', ' has'], 4, 2.5, true),
        example(['Houston', ',', ' Texas'], 0, 1.25),
      ],
    },
  ],
  top_logits: [' Austin', ',', ' Texas'],
  bottom_logits: [' \u001b[31mred'],
  act_min: 0,
  act_max: 2.5,
  histogram: [16, 4, 0, 1],
  activation_frequency: 0.01234,
  tokens_seen: 5000,
  label,
  firing_tokens: [' Dallas'],
};

function example(tokens: string[], peak: number, value: number, repeated = false) {
  return {
    tokens,
    tokens_acts_list: tokens.map((_, i) => (i === peak ? value : 0)),
    train_token_ind: peak,
    is_repeated_datapoint: repeated,
  };
}

describe('a feature as text', () => {
  test('says what it is, with its scores', () => {
    assert.equal(
      featureCard(record, { layer: 2, feature: 17 }),
      [
        'Feature 17 of layer 2: Dallas, Houston',
        '  fires on these tokens',
        '  on unseen examples F1 .87, fuzzing 1.00, n=72; the weights agree',
        'Fires on 1.23 % of 5000 tokens',
        'Activations  0 |█▄ ▂| 2.5',
        'Promotes: Austin, ",", Texas',
        'Suppresses: \ufffd[31mred',
        'Fires alone on: Dallas',
        'Top examples (2 of 3):',
        '      2.5  The city of «Dallas» is⏎',
        '     1.25  «Houston», Texas',
        '',
      ].join('\n'),
    );
  });

  test('does with what a record made elsewhere holds', () => {
    const text = featureCard({ index: 3, examples_quantiles: [] }, { layer: 0, feature: 2 });
    assert.equal(text, 'Feature 2 of layer 0: (no label)\nNo activating examples.\n');
  });

  test('a weak label says so', () => {
    assert.match(labelEvidence({ ...label, fuzzing: 0.55 }), /fuzzing \.55.*below \.60: not to be relied on$/);
    assert.match(
      labelEvidence({ ...label, detectionF1: null, fuzzing: null, sampleSize: 2 }),
      /F1 not measured.*too few/,
    );
    assert.match(labelEvidence({ ...label, agreesWithWeights: false }), /the weights do not agree$/);
    const silent = featureCard({ ...record, label: { ...label, rule: 'none' } }, { layer: 0, feature: 0 });
    assert.equal(silent.split('\n')[1], '  it fired nowhere in the corpus');
    assert.ok(!silent.includes('unseen'));
  });

  test('says what the words of a label mean, and what a word in parentheses is', () => {
    assert.match(explainLabel({ rule: 'next', text: 'before Austin' }), /^fires where .* comes next$/);
    assert.equal(
      explainLabel({ rule: 'token', text: 'Waco, Plano, … (Texas)' }),
      'fires on these tokens; “Texas” is often in the same text',
    );
    assert.equal(explainLabel({ rule: 'token', text: 'Waco, Plano, … (unclear)' }), 'fires on these tokens');
    assert.equal(explainLabel({ rule: 'token', text: '"("' }), 'fires on these tokens');
  });

  test('no line is longer than the width, and the peak is always seen', () => {
    const tokens = Array.from({ length: 24 }, (_, i) => ` word${i}`);
    for (const width of [30, 60, 200]) {
      for (const peak of [0, 12, 23]) {
        const long = {
          ...record,
          examples_quantiles: [{ quantile_name: 'Top', examples: [example(tokens, peak, 1)] }],
        };
        const lines = featureCard(long, { layer: 0, feature: 0, width }).split('\n');
        assert.ok(lines.every(line => line.length <= width));
        assert.ok(lines.some(line => line.includes(`«word${peak}»`)));
      }
    }
    assert.equal(exampleText(example(tokens.slice(0, 3), 1, 1), 100), 'word0 «word1» word2');
  });

  test('bars', () => {
    assert.equal(histogramBars([0, 0]), '');
    assert.equal(histogramBars([64, 16, 1, 0]), '█▄▁ ');
  });
});

test('forms of tokens', () => {
  for (const token of [' Dallas', '▁Dallas', 'ĠDallas', 'Dallas', 'Dallas ']) assert.equal(bareText(token), 'Dallas');
  assert.equal(normalForm(' DALLAS'), 'dallas');
  assert.equal(bareText('  '), '  ');
  assert.equal(bareText('\n'), '\n');
  assert.equal(printable('a\tb\r\nc\u202ed\u001b[2J'), 'a⇥b⏎c\ufffdd\ufffd[2J');
  assert.equal(inLabel(','), '","');
});
