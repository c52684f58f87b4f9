import assert from 'node:assert/strict';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { loadTokenizer } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures');
const SLOW = join(FIXTURES, 'tokenizers/slow');

async function lines(path: string): Promise<unknown[]> {
  const text = gunzipSync(await readFile(join(FIXTURES, path))).toString('utf8');
  return text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown);
}

describe('vocab.json and merges.txt without a tokenizer.json', () => {
  for (const [column, name] of ['GPT2Tokenizer', 'Qwen2Tokenizer'].entries()) {
    test(`${name}: 1,000 strings as transformers' slow tokenizer has them`, async t => {
      const folder = await temporaryFolder(t, SLOW);
      if (column > 0) {
        await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ tokenizer_class: `${name}Fast` }));
      }
      const tokenizer = await loadTokenizer(folder);
      assert.ok(tokenizer);
      assert.equal(tokenizer.path, join(folder, 'vocab.json'));
      const strings = (await lines('real-model/strings.jsonl.gz')) as [string][];
      const expected = (await lines('tokenizers/slow/many.json.gz')) as number[][][];
      const different: string[] = [];
      for (const [i, [text]] of strings.entries()) {
        if (String(tokenizer.encodeIds(text)) !== String(expected[i][column])) different.push(text);
      }
      assert.deepEqual(different, []);
    });
  }

  test('added tokens and roles of tokenizer_config.json', async t => {
    const folder = await temporaryFolder(t, SLOW);
    const config = {
      tokenizer_class: 'GPT2Tokenizer',
      bos_token: '<|begin|>',
      added_tokens_decoder: { 5000: { content: '<|begin|>', special: true } },
    };
    await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify(config));
    const tokenizer = await loadTokenizer(folder);
    assert.equal(tokenizer?.bosId, 5000);
    assert.equal(tokenizer.encodePrompt('<|begin|>a').ids[0], 5000);
    assert.equal(tokenizer.encodePrompt('a').ids[0], 5000);
    assert.ok(tokenizer.isSpecial(5000));
    assert.equal(tokenizer.tokenText(0), '<|endoftext|>');
    assert.ok(tokenizer.isSpecial(0));
  });

  test('tokenizer.json goes before them', async t => {
    const folder = await temporaryFolder(t, SLOW);
    await cp(join(FIXTURES, 'tokenizers/smollm2-cut/tokenizer.json'), join(folder, 'tokenizer.json'));
    assert.equal((await loadTokenizer(folder))?.path, join(folder, 'tokenizer.json'));
  });

  test('damage is named with its file', async t => {
    const folder = await temporaryFolder(t, SLOW);
    const merges = join(folder, 'merges.txt');
    await writeFile(merges, '#version: 0.2\na b\nabc\n');
    await assertFails(() => loadTokenizer(folder), 'file-damaged', merges, 'line 3');
    await rm(merges);
    await assertFails(() => loadTokenizer(folder), 'file-missing', merges);
    await writeFile(merges, '#version: 0.2\n');
    const vocabulary = join(folder, 'vocab.json');
    await writeFile(vocabulary, '{"a": "b"}');
    await assertFails(() => loadTokenizer(folder), 'file-damaged', vocabulary, 'vocab');
    await writeFile(vocabulary, '{"a": 0}');
    const config = join(folder, 'tokenizer_config.json');
    await writeFile(config, '{"tokenizer_class": "BertTokenizer"}');
    await assertFails(() => loadTokenizer(folder), 'file-unsupported', config, '"BertTokenizer"');
    await writeFile(config, '{"added_tokens_decoder": {"x": {"content": "a"}}}');
    await assertFails(() => loadTokenizer(folder), 'file-damaged', config);
  });
});
