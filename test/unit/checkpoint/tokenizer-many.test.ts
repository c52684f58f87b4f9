/** 1,000 varied strings (words of many scripts, code, emoji, every kind of space) against the Rust library. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { Tokenizer as Library } from '@huggingface/tokenizers';
import { loadTokenizer } from '../../../src/checkpoint/index.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');

async function lines(name: string): Promise<unknown[]> {
  const text = gunzipSync(await readFile(join(FIXTURES, name))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

async function texts(): Promise<string[]> {
  return ((await lines('real-model/strings.jsonl.gz')) as [string][]).map(([text]) => text);
}

/**
 * Of two spaces alone the library makes this fixture's added token of two U+2581, as the text has become that; Rust
 * compares added tokens with what was written. Gemma's own vocabulary merges them to the same token.
 */
const KNOWN: Readonly<Record<string, readonly string[]>> = { gemma: ['  '] };

describe('1,000 strings as the Rust library has them', () => {
  for (const name of ['smollm2-cut', 'llama2', 'llama3', 'gemma']) {
    test(`${name}: ids, UTF-16 offsets, and the text again`, async () => {
      const tokenizer = await loadTokenizer(join(FIXTURES, 'tokenizers', name));
      assert.ok(tokenizer);
      const strings = await texts();
      const expected = (await lines(`tokenizers/${name}/many.json.gz`)) as [number[], number[]][];
      assert.deepEqual([strings.length, expected.length], [1000, 1000]);
      for (const [i, text] of strings.entries()) {
        if (KNOWN[name]?.includes(text)) continue;
        const [ids, offsets] = expected[i];
        const encoded = tokenizer.encode(text);
        assert.deepEqual(encoded.ids, ids, JSON.stringify(text));
        const spans = encoded.tokens.flatMap(({ start, end }) => [start, end]);
        assert.deepEqual(spans, offsets, JSON.stringify(text));
        // U+2581 stands for a space in Llama 2 and Gemma.
        if (name === 'smollm2-cut' || name === 'llama3') assert.equal(tokenizer.decode(ids), text);
      }
    });
  }

  test('the library by itself differs: what is mended here is still needed', async () => {
    const json = JSON.parse(await readFile(join(FIXTURES, 'tokenizers/smollm2-cut/tokenizer.json'), 'utf8')) as object;
    const library = new Library(json, {});
    const expected = (await lines('tokenizers/smollm2-cut/many.json.gz')) as [number[], number[]][];
    const different = (await texts()).filter((text, i) => {
      const ids = text === '' ? [] : library.encode(text, { add_special_tokens: false }).ids;
      return String(ids) !== String(expected[i][0]);
    });
    assert.ok(different.length > 8, `${different.length}`);
    assert.ok(different.some(text => text.includes('\ufeff')));
  });
});
