import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { Tokenizer } from '@huggingface/tokenizers';
import fc from 'fast-check';
import {
  BOS_ID,
  EOS_ID,
  PAD_ID,
  UNK_ID,
  buildTokenizer,
  buildTokenizerConfig,
  createRandom,
  encodePrompt,
  encodeSentence,
  evaluationSets,
  sampleSentence,
  vocabularyOf,
} from '../../../models/corpus/index.ts';
import { loadTokenizer } from '../../../src/checkpoint/index.ts';
import { corpusWords } from '../../../models/corpus/vocabulary.ts';

const SENTENCES = 5000;
const tokenizer = new Tokenizer(buildTokenizer(), buildTokenizerConfig());
const random = createRandom(3);
const sentences = Array.from({ length: SENTENCES }, () => sampleSentence(random));

/** Texts without special tokens, with characters from all over Unicode and words of the corpus. */
const anyText = fc
  .array(fc.oneof(fc.constantFrom('Dallas', ' ', '  ', 'the', '.', '\n', 'léger', ','), fc.string({ unit: 'binary' })))
  .map(parts => parts.join(''))
  .filter(text => text !== '' && !/<(pad|bos|eos|unk)>/.test(text));

describe('tokenizer.json', () => {
  test('ids are dense, the special tokens first, at most 2400 pieces', () => {
    const pieces = vocabularyOf();
    assert.deepEqual(
      [...pieces.values()],
      Array.from(pieces.keys(), (_, id) => id),
    );
    assert.deepEqual(
      ['<pad>', '<bos>', '<eos>', '<unk>'].map(token => pieces.get(token)),
      [PAD_ID, BOS_ID, EOS_ID, UNK_ID],
    );
    assert.ok(pieces.size <= 2400, `${pieces.size} pieces`);
  });

  test('adds <bos> and spells every word of the corpus as one token', () => {
    for (const word of corpusWords()) {
      assert.deepEqual(tokenizer.encode(word).tokens, ['<bos>', `\u2581${word}`]);
      assert.equal(tokenizer.encode(`a ${word}.`).ids.length, 4);
    }
  });

  test('sentences of the corpus hold words and punctuation only, at most 24 tokens, and round-trip', () => {
    for (const { text } of sentences) {
      const { ids, tokens } = tokenizer.encode(text);
      for (const token of tokens) assert.match(token, /^(<bos>|\u2581[\p{L}\p{M}\p{N}]+|[.,:])$/u, text);
      assert.ok(ids.length <= 24, text);
      assert.equal(tokenizer.decode(ids, { skip_special_tokens: true }), text);
    }
  });

  test('any text round-trips, U+2581 as a space', () => {
    fc.assert(
      fc.property(anyText, text => {
        const { ids } = tokenizer.encode(text);
        assert.ok(!ids.includes(UNK_ID));
        const expected = text.replaceAll('\u2581', ' ');
        assert.equal(tokenizer.decode(ids.slice(1)), expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('the written files', () => {
  test('load as those of any checkpoint, with tokens that tile the prompt', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'corpus-'));
    try {
      await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(buildTokenizer()));
      await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(buildTokenizerConfig()));
      const loaded = await loadTokenizer(folder);
      assert.ok(loaded !== undefined);
      assert.deepEqual([loaded.padId, loaded.bosId, loaded.eosId], [PAD_ID, BOS_ID, EOS_ID]);
      for (const { text } of sentences.slice(0, 500)) {
        const { ids, tokens } = loaded.encode(text);
        assert.deepEqual([BOS_ID, ...ids], encodePrompt(text));
        assert.equal(tokens.map(({ start, end }) => text.slice(start ?? 0, end ?? 0)).join(''), text);
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

describe('encodeSentence', () => {
  test('gives the ids of the real tokenizer on sentences and prompts', () => {
    for (const sentence of sentences) {
      assert.deepEqual(encodeSentence(sentence).ids, tokenizer.encode(sentence.text).ids);
    }
    for (const { prompt, accepted } of Object.values(evaluationSets()).flat()) {
      const ids = encodePrompt(prompt + accepted[0]);
      assert.deepEqual(ids, tokenizer.encode(prompt + accepted[0]).ids);
      assert.deepEqual(encodePrompt(prompt), ids.slice(0, encodePrompt(prompt).length));
    }
  });

  test('gives the ids of the real tokenizer on any text', () => {
    fc.assert(
      fc.property(anyText, text => {
        assert.deepEqual(encodePrompt(text), tokenizer.encode(text).ids);
      }),
      { numRuns: 500 },
    );
    assert.deepEqual(encodePrompt(''), [BOS_ID]);
  });

  test('marks exactly the tokens of the answers', () => {
    for (const sentence of sentences) {
      const { ids, isAnswer } = encodeSentence(sentence);
      assert.equal(isAnswer.length, ids.length);
      const marked = ids.filter((_, i) => isAnswer[i]);
      const answers = sentence.answers.map(({ start, end }) => sentence.text.slice(start, end));
      const text = marked.length === 0 ? '' : tokenizer.decode(marked);
      assert.equal(text, answers.join(' '));
    }
  });

  test('marks each word of an answer of several words', () => {
    const text = 'the capital of Utah is Salt Lake City.';
    const { isAnswer } = encodeSentence({ text, answers: [{ start: 23, end: 37 }] });
    assert.deepEqual(isAnswer, [false, false, false, false, false, false, true, true, true, false]);
  });
});
