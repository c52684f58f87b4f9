import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadTokenizer } from '../../../src/checkpoint/index.ts';
import { dictionaryPools, languageBatches } from '../../../src/cli/train/batches.ts';
import { loadCorpus } from '../../../src/cli/train/corpus.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const IDS = { tokenizer: undefined, vocabularySize: 32, context: 4 };
const lists = (sequences: readonly Int32Array[]) => sequences.map(sequence => [...sequence]);

describe('corpus', () => {
  test('token ids, long ones cut into pieces that each begin as the text does', async t => {
    const path = join(await temporaryFolder(t), 'ids.jsonl');
    await writeFile(path, '[0,5,11]\n\n{"tokens":[0,1,2,3,4,5,6,7,8]}\r\n[0]\n');
    assert.deepEqual(lists(await loadCorpus(path, IDS)), [
      [0, 5, 11],
      [0, 1, 2, 3],
      [0, 4, 5, 6],
      [0, 7, 8],
    ]);
  });

  test('texts of both file kinds give the same tokens, with the beginning of the sequence', async t => {
    const folder = await temporaryFolder(t);
    const tokenizer = (await loadTokenizer(join(import.meta.dirname, '../../fixtures/tokenizers/llama3')))!;
    const texts = ['The cat sat.', 'Dallas "is" in Texas'];
    await writeFile(join(folder, 'a.txt'), texts.join('\n'));
    await writeFile(join(folder, 'a.jsonl'), `${JSON.stringify(texts[0])}\n${JSON.stringify({ text: texts[1] })}\n`);
    const settings = { tokenizer, vocabularySize: 1e6, context: 100 };
    const plain = await loadCorpus(join(folder, 'a.txt'), settings);
    assert.deepEqual(
      lists(plain),
      texts.map(text => tokenizer.encodePrompt(text).ids),
    );
    assert.deepEqual(lists(await loadCorpus(join(folder, 'a.jsonl'), settings)), lists(plain));
  });

  test('damaged lines are named', async t => {
    const path = join(await temporaryFolder(t), 'c.jsonl');
    const refuses = async (text: string, ...words: string[]) => {
      await writeFile(path, text);
      await assertFails(() => loadCorpus(path, IDS), 'file-damaged', path, ...words);
    };
    await refuses('[0,1]\n{', 'line 2 is not JSON');
    await refuses('{"words":"a"}', 'line 1 has neither "text" nor "tokens"');
    await refuses('[0,1.5]', 'line 1 has neither');
    await refuses('null', 'line 1 has neither');
    await refuses('[0,32]', 'line 1 has the token 32');
    await refuses('"text"', 'there is no tokenizer');
    await refuses('\n', 'holds no text');
  });
});

describe('batches', () => {
  const corpus = Array.from({ length: 50 }, (_, i) => Int32Array.from({ length: 2 + (i % 9) }, () => i));

  test('a batch depends on its step alone, and pads with weight 0', () => {
    const batch = languageBatches(corpus, 6, 1);
    const inOrder = Array.from({ length: 20 }, (_, i) => batch(i + 1));
    const again = languageBatches(corpus, 6, 1);
    for (const step of [17, 3, 20, 1]) assert.deepEqual(again(step), inOrder[step - 1]);
    assert.notDeepEqual(languageBatches(corpus, 6, 2)(1), inOrder[0]);
    for (const { sequences, weights } of inOrder) {
      assert.equal(sequences.length, 6);
      sequences.forEach((sequence, row) => {
        const source = corpus[sequence[0]];
        assert.equal(
          weights[row].reduce((a, b) => a + b, 0),
          source.length - 1,
        );
        assert.equal(weights[row][0], 0);
        assert.deepEqual([...sequence.subarray(0, source.length)], [...source]);
      });
    }
  });

  test('pools have about as many tokens as asked, position 0 left out', () => {
    const pool = dictionaryPools(corpus, 200, 1);
    for (const index of [0, 1]) {
      const counted = pool(index).reduce((sum, { weights }) => sum + weights.filter(weight => weight > 0).length, 0);
      assert.ok(counted >= 200 && counted < 210, String(counted));
      for (const { tokens, weights } of pool(index)) assert.deepEqual([weights[0], weights.length], [0, tokens.length]);
    }
    assert.notDeepEqual(pool(0), pool(1));
  });
});
