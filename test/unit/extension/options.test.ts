import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { modelName } from '../../../extension/trace/model-name.ts';
import { optionLines, salientTokens, tokenLine } from '../../../extension/trace/options-model.ts';
import { progressText } from '../../../extension/trace/progress-text.ts';
import {
  differenceChoices,
  shownProbability,
  shownTarget,
  shownToken,
  tokenChoices,
  tokenTarget,
  typedTargets,
} from '../../../extension/trace/target-choices.ts';
import { readTarget } from '../../../src/trace/target.ts';

const top = [
  { id: 349, text: ' Austin', probability: 0.9 },
  { id: 12, text: ' "', probability: 0.06 },
  { id: 7, text: '<0x0A>', probability: 0.00001 },
];
const tokens = [
  { id: 1, text: '<bos>', start: null, end: null },
  { id: 5, text: 'Fact', start: 0, end: 4 },
  { id: 6, text: '\n', start: 4, end: 5 },
  { id: 8, text: '<end>', start: 5, end: 10, special: true },
  { id: 9, text: ' is', start: 10, end: 13 },
];
const SALIENT = { target: undefined, tokens: [] };
const options = { explained: SALIENT, specialAsText: false, chat: false, maxFeatureNodes: undefined };
const model = { name: 'embedded model', hasChatTemplate: false, provider: 'cpu', defaultBudget: 7500 };
const salient = { maxLogits: 10, logitProbability: 0.95 };

describe('targets', () => {
  test('a token is named by its text where a person can read it, else by its id; the engine understands both', () => {
    assert.deepEqual(top.map(tokenTarget), ['" Austin"', '12', '7']);
    assert.deepEqual(readTarget(tokenTarget(top[1]), undefined), { kind: 'tokens', tokens: [12] });
  });

  test('choices hold every likely token, and its difference from every other', () => {
    assert.deepEqual(
      tokenChoices(top).map(({ target }) => target),
      ['" Austin"', '12', '7'],
    );
    assert.deepEqual(
      differenceChoices(top[1], top).map(({ target }) => target),
      ['12 - " Austin"', '12 - 7'],
    );
  });

  test('typed words are tokens with their space first, then without; what is quoted stays', () => {
    assert.deepEqual(typedTargets('Austin'), ['" Austin"', '"Austin"']);
    assert.deepEqual(typedTargets(' Austin - Sacramento '), ['" Austin" - " Sacramento"', '"Austin" - "Sacramento"']);
    assert.deepEqual(typedTargets('Austin, Dallas'), ['" Austin", " Dallas"', '"Austin", "Dallas"']);
    assert.deepEqual(typedTargets('"Austin"'), ['"Austin"']);
    assert.deepEqual(typedTargets('7, 3'), ['7, 3']);
    assert.deepEqual(typedTargets('  '), []);
    assert.deepEqual(typedTargets('well-known')[0], '" well-known"');
    for (const target of [...typedTargets('a "b" - c'), ...typedTargets('−')]) assert.notEqual(target, '');
  });

  test('a chosen target is shown with what the model thinks of its tokens, a difference as one', () => {
    const [plus, minus] = top;
    assert.equal(shownTarget(differenceChoices(plus, top)[0]), '“·Austin” 90.0 % − “·"” 6.00 %');
    assert.equal(shownTarget({ target: '" well-known", 12', tokens: [plus, minus] }), '“·Austin” 90.0 %, “·"” 6.00 %');
  });

  test('what cannot be seen is made visible, small probabilities are not zero', () => {
    assert.equal(shownToken(' a\n'), '“·a⏎”');
    assert.deepEqual([0.998, 0.0512, 0.00001, 0].map(shownProbability), ['99.8 %', '5.12 %', '< 0.01 %', '0.00 %']);
  });
});

describe('the list of options', () => {
  const actions = (lines: ReturnType<typeof optionLines>) => lines.map(({ action }) => action);

  test('shows the prompt as the model reads it', () => {
    assert.equal(tokenLine(tokens), '⟨<bos>⟩|Fact|⏎|⟨<end>⟩|·is');
    const lines = optionLines({ tokens, top }, model, options, salient);
    assert.equal(lines.find(({ action }) => action === 'tokens')?.detail, tokenLine(tokens));
    assert.match(lines[0].value, /“·Austin” 90\.0 %/);
  });

  test('special tokens are an option only where the text spells one, the template only where there is one', () => {
    assert.deepEqual(actions(optionLines({ tokens, top }, model, options, salient)), [
      'trace',
      'target',
      'tokens',
      'special',
      'budget',
      'model',
    ]);
    const plain = tokens.filter(token => token.special !== true);
    assert.ok(!actions(optionLines({ tokens: plain, top }, model, options, salient)).includes('special'));
    // Otherwise there would be no way back.
    const asText = optionLines({ tokens: plain, top }, model, { ...options, specialAsText: true }, salient);
    assert.ok(actions(asText).includes('special'));
    const chat = optionLines({ tokens, top }, { ...model, hasChatTemplate: true }, options, salient);
    assert.ok(actions(chat).includes('chat'));
    const inTemplate = optionLines(
      { tokens, top },
      { ...model, hasChatTemplate: true },
      { ...options, chat: true },
      salient,
    );
    assert.ok(!actions(inTemplate).includes('special'), 'the template decides');
  });

  test('salient tokens are those that the engine would choose', () => {
    assert.equal(salientTokens(top, salient).length, 2);
    assert.equal(salientTokens(top, { maxLogits: 1, logitProbability: 0.95 }).length, 1);
    assert.equal(salientTokens(top, { maxLogits: 10, logitProbability: 0.999 }).length, 3);
  });
});

test('progress is said in words, with numbers where they tell something', () => {
  assert.equal(
    progressText({ token: 1, stage: 'encode', done: 2, total: 6 }, { encode: 'features' }),
    'features (3/6)',
  );
  assert.equal(progressText({ token: 1, stage: 'load', done: 0, total: null }, {}), 'load');
});

test('a model is called by the part of its path that says something', () => {
  assert.equal(modelName('/data/gemma-2-2b/'), 'gemma-2-2b');
  assert.equal(modelName('C:\\models\\gpt2'), 'gpt2');
  assert.equal(modelName('/hub/models--google--gemma-2-2b/snapshots/abc'), 'gemma-2-2b');
  assert.equal(modelName('/packs/mine/model'), 'mine');
  assert.equal(modelName('openai-community/gpt2'), 'gpt2');
});
