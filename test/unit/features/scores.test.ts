import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ExampleSet } from '../../../src/features/labels/example-set.ts';
import type { LabelContext } from '../../../src/features/labels/label-context.ts';
import type { Rule } from '../../../src/features/labels/rule.ts';
import { tokenRules } from '../../../src/features/labels/token-rules.ts';

/** "the *red* dog": a star for full, a tilde for weak activation. Index 0 is a special token. */
function context(text: string): LabelContext {
  const marked = ['<bos>', ...text.split(' ')];
  const texts = marked.map(word => word.replaceAll(/[*~]/g, ''));
  const activations = Float32Array.from(marked, word => (word.startsWith('*') ? 1 : word.startsWith('~') ? 0.1 : 0));
  const fires = activations.some(value => value > 0);
  return {
    texts,
    words: texts.map(word => word.toLowerCase()),
    start: 0,
    first: 1,
    activations: fires ? activations : undefined,
    group: fires ? text.length : NaN,
    peak: Math.max(0, activations.indexOf(1)),
  };
}

const rule = (holds: Rule['holds']): Rule => ({ kind: 'token', phrases: [], tokens: [], holds });
const set = (activating: string[], silent: string[]): ExampleSet =>
  new ExampleSet(activating.map(context), silent.map(context));

describe('scores of a rule', () => {
  // The feature fires on the word after "of"; texts with "of" at the end, and with the same words, are hard.
  const examples = set(
    ['king of *Spain sat', 'tale of *two men', 'state of *Utah is', 'of *course not'],
    ['Spain sat', 'two men and Utah', 'the tale of', 'not a word'],
  );

  test('the planted rule is perfect in both', () => {
    const afterOf = rule(({ words }, i) => words[i - 1] === 'of');
    assert.deepEqual(examples.scores(examples.marks(afterOf, false)), { detectionF1: 1, fuzzing: 1 });
  });

  test('a rule may detect the text and mark the wrong token', () => {
    const of = rule(({ words }, i) => words[i] === 'of');
    // Detects 4 of 4 and one silent text: F1 = 8 / 9. Marks no right token, and 4 of 11 wrong ones.
    assert.deepEqual(examples.scores(examples.marks(of, false)), { detectionF1: 8 / 9, fuzzing: (0 + 7 / 11) / 2 });
  });

  test('a rule may mark the right tokens and not detect the text', () => {
    const words = rule(({ words: at }, i) => ['spain', 'two', 'utah', 'course', 'word'].includes(at[i]));
    assert.deepEqual(examples.scores(examples.marks(words, false)), { detectionF1: 8 / 11, fuzzing: 1 });
  });

  test('yes to everything is worth .5 when two silent texts stand against each activating one', () => {
    const silent = ['a b', 'c d', 'e f', 'g h', 'i j', 'k l', 'm n', 'o p'];
    const twice = set(['king of *Spain sat', 'tale of *two men', 'state of *Utah is', 'of *course not'], silent);
    assert.deepEqual(
      twice.scores(
        twice.marks(
          rule(() => true),
          false,
        ),
      ),
      { detectionF1: 0.5, fuzzing: 0.5 },
    );
  });

  test('weak activations beside a strong one are neither right nor wrong', () => {
    const weak = set(['~a *b c', '~a *b d', '~a *b e'], ['x y', 'y z', 'z x']);
    for (const words of [['b'], ['a', 'b']]) {
      const marks = weak.marks(
        rule(({ words: at }, i) => words.includes(at[i])),
        false,
      );
      assert.deepEqual(weak.scores(marks), { detectionF1: 1, fuzzing: 1 });
    }
  });

  test('where every token of the activating texts fires, silent texts give the wrong ones', () => {
    const dense = set(['*a *b', '*b *a', '*a *a'], ['c d', 'd a', 'd e']);
    const marks = dense.marks(
      rule(({ words }, i) => words[i] === 'a' || words[i] === 'b'),
      false,
    );
    assert.ok(Math.abs(dense.scores(marks).fuzzing! - (1 + 5 / 6) / 2) < 1e-12);
  });

  test('with fewer than three texts of a sort nothing is measured', () => {
    const few = set(['*a', '*b'], ['c', 'd', 'e']);
    assert.deepEqual(
      few.scores(
        few.marks(
          rule(() => true),
          false,
        ),
      ),
      { detectionF1: null, fuzzing: null },
    );
  });
});

test('a list of words is chosen by what it says of texts that did not put a word on it', () => {
  const activating = ['go *walking now', 'a *walking boy', 'some *singing there'].map(context);
  const half = {
    activating,
    silent: ['go now', 'a boy', 'some there'].map(context),
    promoted: [],
    firing: undefined,
    frequency: () => 0,
  };
  const [list] = tokenRules(half);
  const examples = new ExampleSet(half.activating, half.silent);
  assert.deepEqual(list.tokens, ['walking', 'singing']);
  assert.equal(examples.scores(examples.marks(list, false)).detectionF1, 1);
  // "singing" stands in one text only, so unseen that text is missed: hits 2 of 3.
  assert.equal(examples.scores(examples.marks(list, true)).detectionF1, 4 / 5);
});
