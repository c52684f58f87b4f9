import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { loadTokenizer, type Tokenizer } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tokenizers');

/** One text as the Rust library (tokenizers 0.23.3) sees it; see make.py there. */
interface Expected {
  readonly text: string;
  readonly ids: number[];
  readonly offsets: [number, number][];
  readonly decoded: string;
}

async function load(name: string): Promise<Tokenizer> {
  const tokenizer = await loadTokenizer(join(FIXTURES, name));
  assert.ok(tokenizer);
  return tokenizer;
}

async function expected(name: string): Promise<Expected[]> {
  return JSON.parse(await readFile(join(FIXTURES, name, 'expected.json'), 'utf8')) as Expected[];
}

/** Published families: byte-level BPE three ways, character BPE with bytes two ways, Unigram with Metaspace. */
const FAMILIES = ['gpt2', 'llama3', 'digits', 'llama2', 'gemma', 'unigram'];
/** Where text is normalised, Rust leaves a composed character's mark out of its span; here it is in. */
const COMPOSING = ['digits', 'unigram', 'lower'];

describe('tokenizers against the Rust library', () => {
  for (const name of [...FAMILIES, 'lower']) {
    test(`${name}: ids and decoded text`, async () => {
      const tokenizer = await load(name);
      for (const { text, ids, decoded } of await expected(name)) {
        assert.deepEqual(tokenizer.encode(text).ids, ids, text);
        assert.deepEqual(tokenizer.encodeIds(text), ids, text);
        assert.equal(tokenizer.decode(ids), decoded, text);
      }
    });
  }

  for (const name of FAMILIES) {
    test(`${name}: offsets`, async () => {
      const tokenizer = await load(name);
      let compared = 0;
      for (const { text, offsets } of await expected(name)) {
        const marks = COMPOSING.includes(name) && text !== text.normalize('NFC');
        for (const [i, { text: token, start, end }] of tokenizer.encode(text).tokens.entries()) {
          const [first, last] = offsets[i];
          if (marks && start === first && (end ?? 0) > last) {
            assert.match(text.slice(last, end ?? 0), /^[\p{M}\u1160-\u11ff]+$/u);
            continue;
          }
          assert.deepEqual([start, end], [first, last], `${JSON.stringify(text)}: ${token}`);
          compared++;
        }
      }
      assert.ok(compared > 300, `${compared}`);
    });
  }

  test('lower case, no accents, no spaces: offsets where no unknown tokens blur them', async () => {
    const tokenizer = await load('lower');
    const { tokens } = tokenizer.encode('Größer  Été, I am');
    const spans = tokens.map(({ text, start, end }) => [text, 'Größer  Été, I am'.slice(start ?? 0, end ?? 0)]);
    assert.deepEqual(spans.at(0), ['g', 'G']);
    assert.equal(spans.map(([, span]) => span).join(''), 'GrößerÉté,Iam');
  });
});

describe('tokens and text', () => {
  test('a token inside one character carries its whole span', async () => {
    const tokenizer = await load('gpt2');
    const { tokens } = tokenizer.encode('a🦜b');
    const inside = tokens.slice(1, -1);
    assert.ok(inside.length >= 2);
    for (const { start, end } of inside) assert.deepEqual([start, end], [1, 3]);
    assert.match(inside[1].text, /^<0x[0-9A-F]{2}>/);
    assert.deepEqual([tokens[0].end, tokens.at(-1)?.start], [1, 3]);
  });

  test('bytes that a vocabulary has no token for stand nowhere, and nothing near them moves', async () => {
    const tokenizer = await load('smollm2-cut');
    // The Rust library's ids; its offsets after such a byte are too small by one.
    const rows: [string, number[]][] = [
      [' --\x04\x16--', [216, 586]],
      ['x = 1\x11\x1c\x1b\x06\n\x0b', [104, 446, 216, 33, 205, 213, 212, 198, 199]],
      ["\x14\x0f\x1e\x1a\x06 don't", [203, 214, 211, 1326, 982]],
      ['th\x06e', [373, 85]],
      ['\x06', []],
    ];
    for (const [text, ids] of rows) {
      const encoded = tokenizer.encode(text);
      assert.deepEqual(encoded.ids, ids, JSON.stringify(text));
      for (const { text: own, start, end } of encoded.tokens) {
        assert.equal(text.slice(start!, end!).replace(/[\x04\x06\x14\x16]/g, ''), own, JSON.stringify(text));
      }
    }
  });

  test('a text that spells the unknown token, beside marks and characters that are unknown', async () => {
    for (const name of ['llama2', 'gemma', 'unigram']) {
      const tokenizer = await load(name);
      for (const text of ['a<unk><unk>b', 'a<unk>\u0615c', '<unk>', '\u{1f475}<unk><unk> x']) {
        const spelled = tokenizer
          .encode(text)
          .tokens.filter(token => token.text === '<unk>' && token.end! - token.start! > 2);
        assert.deepEqual(
          spelled.map(({ start, end }) => text.slice(start!, end!)),
          text.match(/<unk>/g),
          `${name}: ${text}`,
        );
      }
    }
  });

  test('spans of any text cover it, in order, and tokens without normalisation spell it', async () => {
    for (const name of ['gpt2', 'llama3', 'gemma', 'llama2']) {
      const tokenizer = await load(name);
      fc.assert(
        fc.property(
          fc.string({ unit: 'binary', maxLength: 12 }).map(text => text.replaceAll('\u2581', '_')),
          text => {
            const { ids, tokens } = tokenizer.encode(text);
            let before = 0;
            let covered = 0;
            for (const { start, end } of tokens) {
              assert.ok(start !== null && end !== null && start >= before && end >= start && start <= covered);
              before = start;
              covered = Math.max(covered, end);
            }
            assert.equal(covered, text.length);
            const wellFormed = Buffer.from(text).toString();
            assert.equal(tokenizer.decode(ids), wellFormed);
          },
        ),
        { numRuns: 40 },
      );
    }
  });

  test('the beginning-of-sequence rule', async () => {
    const gpt2 = await load('gpt2');
    const [end] = gpt2.encode('<|end|>').ids;
    assert.deepEqual(gpt2.addBeginningOfSequence([5, 6]), [end, 5, 6]);
    assert.deepEqual(gpt2.addBeginningOfSequence([end, 5]), [end, 5]);
    assert.deepEqual(gpt2.addBeginningOfSequence([]), [end]);
    // No bos: pad stands in. No roles at all: any special token does.
    const digits = await load('digits');
    assert.equal(digits.bosId, undefined);
    assert.deepEqual(digits.addBeginningOfSequence([5]), [digits.padId, 5]);
    const unigram = await load('unigram');
    assert.deepEqual([unigram.bosId, unigram.eosId, unigram.padId], [undefined, undefined, undefined]);
    assert.deepEqual(unigram.addBeginningOfSequence([9]), [[...unigram.specialIds][0], 9]);
    // Gemma's additional special tokens count as special; added tokens that are no special ones do not.
    const gemma = await load('gemma');
    const [additional] = gemma.encode('<|end|>').ids;
    assert.deepEqual(gemma.addBeginningOfSequence([additional]), [additional]);
    const [newlines] = gemma.encode('\n\n').ids;
    assert.deepEqual(gemma.addBeginningOfSequence([newlines]), [gemma.bosId, newlines]);
  });

  test('a prompt with its beginning: null offsets for the token that was added, none added twice', async () => {
    const llama3 = await load('llama3');
    const { ids, tokens } = llama3.encodePrompt('the state');
    assert.deepEqual(tokens[0], { id: llama3.bosId, text: '<|begin|>', start: null, end: null });
    assert.deepEqual([tokens[1].start, ids.length], [0, tokens.length]);
    assert.deepEqual(llama3.encodePrompt('<|begin|>the state').ids, ids);
    assert.equal(llama3.encodePrompt('<|begin|>the state').tokens[0].end, 9);
    assert.deepEqual(
      llama3.encodePrompt('').tokens.map(token => token.start),
      [null],
    );
  });

  test('one token by its text, with the leading space', async () => {
    for (const name of FAMILIES) {
      const tokenizer = await load(name);
      let found = 0;
      for (const { ids } of await expected(name)) {
        for (const id of ids) {
          const text = tokenizer.tokenText(id);
          if (text.includes('<0x') || id === tokenizer.parts.unknownId) continue;
          // A byte piece may spell the same character as a character piece.
          if (text.length > 1) assert.equal(tokenizer.idOf(text), id, `${name}: ${JSON.stringify(text)}`);
          else assert.equal(tokenizer.tokenText(tokenizer.idOf(text)), text);
          found++;
        }
      }
      assert.ok(found > 300, name);
    }
    const gpt2 = await load('gpt2');
    assert.equal(gpt2.idOf('<|end|>'), gpt2.bosId);
  });

  test('a text that is not one token is refused with its pieces', async () => {
    const tokenizer = await load('gpt2');
    await assertFails(() => tokenizer.idOf(' thecat'), 'target', '" thecat"', '" the" "c"', 'tokenizer.json');
    await assertFails(() => tokenizer.idOf(''), 'target', '""');
    assert.throws(() => tokenizer.idOf('capital'), { remedy: /" capital" is one token/ });
  });

  test('an id that does not exist shows as a number', async () => {
    const tokenizer = await load('gpt2');
    assert.equal(tokenizer.tokenText(123456), '<123456>');
  });
});
