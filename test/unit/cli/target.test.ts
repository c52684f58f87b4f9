import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { loadTokenizer, type Tokenizer } from '../../../src/checkpoint/index.ts';
import { readTarget } from '../../../src/trace/target.ts';
import { assertFails } from '../../support/errors.ts';

const FOLDER = join(import.meta.dirname, '../../fixtures/tokenizers/gpt2');

describe('--target', () => {
  let tokenizer: Tokenizer;
  let the: number;
  let quote: number;
  before(async () => {
    tokenizer = (await loadTokenizer(FOLDER))!;
    [the, quote] = [' the', '"'].map(text => {
      const { ids } = tokenizer.encode(text);
      assert.equal(ids.length, 1, `${text} is one token of the fixture`);
      return ids[0];
    });
  });

  test('token ids', () => {
    assert.deepEqual(readTarget('7,3,20', undefined), { kind: 'tokens', tokens: [7, 3, 20] });
    assert.deepEqual(readTarget(' 7 ', undefined), { kind: 'tokens', tokens: [7] });
  });

  test('a difference of ids', () => {
    assert.deepEqual(readTarget('7 - 3', undefined), { kind: 'difference', plus: 7, minus: 3, label: '7 - 3' });
    assert.deepEqual(readTarget('7-3', undefined), readTarget('7 - 3', undefined));
  });

  test('texts of tokens in quotes, with JSON escapes', () => {
    assert.deepEqual(readTarget('" the"', tokenizer), { kind: 'tokens', tokens: [the] });
    assert.deepEqual(readTarget('" the", "\\"" , 5', tokenizer), { kind: 'tokens', tokens: [the, quote, 5] });
    assert.deepEqual(readTarget('" the" - "\\""', tokenizer), {
      kind: 'difference',
      plus: the,
      minus: quote,
      label: 'the - "',
    });
  });

  test('other forms are refused', async () => {
    for (const text of ['', 'Austin', '7,', ',7', '7 3', '7 - 3 - 2', '7, 3 - 2', '-7', '"a', '"\\x"', '7;3', '7.5']) {
      await assertFails(() => readTarget(text, tokenizer), 'usage', 'The target', JSON.stringify(text));
    }
    await assertFails(() => readTarget('7 - 7', undefined), 'target', 'both tokens are the same');
  });

  test('a text that is not one token, or no tokenizer', async () => {
    await assertFails(() => readTarget('" zqxjkzqxjk"', tokenizer), 'target', 'not one token', 'tokenizer.json');
    await assertFails(() => readTarget('" the"', undefined), 'target', 'no tokenizer.json');
  });
});
