import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadTokenizer, openCheckpoint, parseModelConfig } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/tokenizers');
const config = (vocab_size: number) =>
  parseModelConfig('config.json', {
    model_type: 'llama',
    vocab_size,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 1,
  });

describe('tokenizers that cannot be used', () => {
  test('a tokenizer of another model is refused, naming both files', async t => {
    // The reference model has 32 tokens, the tokenizer 421.
    const folder = await temporaryFolder(t, join(await referenceCase('llama3-clt-relu'), 'model'));
    await cp(join(FIXTURES, 'llama3'), folder, { recursive: true });
    const checkpoint = await openCheckpoint(folder);
    await assertFails(
      () => checkpoint.tokenizer(),
      'model-mismatch',
      join(folder, 'tokenizer.json'),
      join(folder, 'config.json'),
      'ids up to 419',
      'vocabulary of 32',
    );
  });

  test('padding of the vocabulary passes, three times the tokens do not', async () => {
    const dir = join(FIXTURES, 'llama3');
    assert.ok(await loadTokenizer(dir, config(420)));
    assert.ok(await loadTokenizer(dir, config(512)));
    await assertFails(() => loadTokenizer(dir, config(419)), 'model-mismatch', '419');
    await assertFails(() => loadTokenizer(dir, config(1260)), 'model-mismatch', 'only 420 tokens', '1260');
  });

  test('roles that the tokenizer leaves open come from config.json', async () => {
    const tokenizer = await loadTokenizer(join(FIXTURES, 'unigram'), config(112));
    assert.deepEqual([tokenizer?.bosId, tokenizer?.eosId], [1, 2]);
  });

  test('no tokenizer.json is no error', async t => {
    assert.equal(await loadTokenizer(await temporaryFolder(t)), undefined);
  });

  test('damaged files are named with their field', async t => {
    const folder = await temporaryFolder(t, join(FIXTURES, 'gpt2'));
    const path = join(folder, 'tokenizer.json');
    const whole = JSON.parse(await readFile(path, 'utf8')) as Record<string, object>;
    const write = (change: object) => writeFile(path, JSON.stringify({ ...whole, ...change }));
    await writeFile(path, '{"model": ');
    await assertFails(() => loadTokenizer(folder), 'file-damaged', path, 'not JSON');
    await write({ model: { ...whole.model, vocab: { a: 'b' } } });
    await assertFails(() => loadTokenizer(folder), 'file-damaged', path, '"model.vocab"');
    await write({ model: undefined });
    await assertFails(() => loadTokenizer(folder), 'file-damaged', path, '"model"');
    await write({ added_tokens: [{ id: -1, content: 'x' }] });
    await assertFails(() => loadTokenizer(folder), 'file-damaged', path, '"added_tokens.0.id"');
    await write({ pre_tokenizer: { type: 'Unheard' } });
    await assertFails(() => loadTokenizer(folder), 'file-unsupported', path, 'Unheard');
    await write({ model: { ...whole.model, merges: 7 } });
    await assertFails(() => loadTokenizer(folder), 'file-unsupported', path);
    await write({});
    const roles = join(folder, 'tokenizer_config.json');
    await writeFile(roles, '{"bos_token": 7}');
    await assertFails(() => loadTokenizer(folder), 'file-damaged', roles, '"bos_token"');
  });

  test('pieces named like object members are kept', async t => {
    const folder = await temporaryFolder(t, join(FIXTURES, 'gpt2'));
    const path = join(folder, 'tokenizer.json');
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace('"vocab":{', '"vocab":{"constructor":420,"__proto__":421,"toString":422,'));
    const tokenizer = await loadTokenizer(folder);
    assert.equal(tokenizer?.idOf('constructor'), 420);
    assert.equal(tokenizer.idOf('__proto__'), 421);
    assert.equal(tokenizer.parts.largestId, 422);
  });
});
