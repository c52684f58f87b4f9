import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { encodeChatPrompt, loadChatTemplate, loadTokenizer } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const CUT = join(import.meta.dirname, '../../fixtures/tokenizers/smollm2-cut');

/** What transformers' apply_chat_template gave; see make_chats.py. */
type Chats = Record<string, { template: string; rows: { prompt: string; text: string; ids: number[] }[] }>;

const chats = async () => JSON.parse(await readFile(join(CUT, 'chats.json'), 'utf8')) as Chats;

describe('chat templates as transformers applies them', () => {
  for (const name of ['smollm2', 'gemma2', 'llama3.2', 'qwen3']) {
    test(`${name}: text, tokens, and which of them are the prompt's`, async t => {
      const folder = await temporaryFolder(t, CUT);
      const { template: text, rows } = (await chats())[name];
      await writeFile(join(folder, 'chat_template.jinja'), text);
      const template = await loadChatTemplate(folder);
      const tokenizer = await loadTokenizer(folder);
      assert.ok(template && tokenizer);
      assert.equal(template.path, join(folder, 'chat_template.jinja'));
      for (const { prompt, text, ids } of rows) {
        assert.equal(template.render(prompt), text);
        const chat = encodeChatPrompt(tokenizer, template, prompt);
        assert.equal(chat.text, text);
        assert.deepEqual(chat.ids, ids);
        assert.deepEqual(
          chat.tokens.map(({ start }) => start === null),
          chat.fromTemplate,
        );
        // The prompt's tokens cover it, in order (a template may trim its ends), and spell it.
        const own = chat.tokens.filter((_, i) => !chat.fromTemplate[i]);
        const trimmed = ['gemma2', 'llama3.2'].includes(name) ? prompt.trim() : prompt;
        const first = prompt.indexOf(trimmed);
        assert.deepEqual([own.at(0)?.start, own.at(-1)?.end], [first, first + trimmed.length]);
        for (const [i, { start }] of own.entries()) {
          if (i > 0) assert.ok(start! <= own[i - 1].end! && start! >= own[i - 1].start!);
        }
        assert.ok(chat.fromTemplate.filter(Boolean).length >= 4);
      }
    });
  }

  test('a bos token that the template writes is not added again; one that it does not write is', async t => {
    const folder = await temporaryFolder(t, CUT);
    const tokenizer = await loadTokenizer(folder);
    assert.ok(tokenizer);
    const idsOf = async (template: string) => {
      await writeFile(join(folder, 'chat_template.jinja'), template);
      return encodeChatPrompt(tokenizer, (await loadChatTemplate(folder))!, 'Paris').ids;
    };
    const written = await idsOf('{{ bos_token }}{{ messages[0].content }}');
    assert.equal(written[0], tokenizer.bosId);
    assert.deepEqual(await idsOf('{{ messages[0].content }}'), written);
  });
});

describe('where a template comes from', () => {
  test('tokenizer_config.json: a text, or several of which the default is taken', async t => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'tokenizer_config.json');
    assert.equal(await loadChatTemplate(folder), undefined);
    await writeFile(path, '{}');
    assert.equal(await loadChatTemplate(folder), undefined);
    await writeFile(path, JSON.stringify({ chat_template: 'a {{ messages[0].content }}' }));
    assert.equal((await loadChatTemplate(folder))?.render('b'), 'a b');
    const named = (name: string) => ({ name, template: `${name} {{ messages[0].content }}` });
    await writeFile(path, JSON.stringify({ chat_template: [named('tool_use'), named('default')] }));
    assert.equal((await loadChatTemplate(folder))?.render('b'), 'default b');
    await writeFile(join(folder, 'chat_template.jinja'), 'file {{ messages[0].content }}');
    assert.equal((await loadChatTemplate(folder))?.render('b'), 'file b');
    await rm(path);
    assert.equal((await loadChatTemplate(folder))?.render('b'), 'file b');
  });

  test('the day of the year plays no part', async t => {
    const folder = await temporaryFolder(t);
    const template = '{% if strftime_now is defined %}{{ strftime_now("%d %b %Y") }}{% else %}26 Jul 2024{% endif %}';
    await writeFile(join(folder, 'chat_template.jinja'), `${template} {{ messages[0].content }}`);
    assert.equal((await loadChatTemplate(folder))?.render('x'), '26 Jul 2024 x');
  });
});

describe('templates that cannot be used', () => {
  test('each is named with its file and why', async t => {
    const folder = await temporaryFolder(t, CUT);
    const path = join(folder, 'chat_template.jinja');
    const tokenizer = await loadTokenizer(folder);
    assert.ok(tokenizer);
    const use = async (template: string) => {
      await writeFile(path, template);
      return encodeChatPrompt(tokenizer, (await loadChatTemplate(folder))!, 'Paris');
    };
    await assertFails(() => use('{% for %}'), 'file-unsupported', path);
    await assertFails(() => use('{{ messages[0].content '), 'file-unsupported', path);
    await assertFails(() => use('{{ nothing.at.all() }}'), 'file-unsupported', path);
    await assertFails(() => use('no prompt'), 'file-unsupported', path, 'in one place');
    await assertFails(() => use('{{ messages[0].content }}{{ messages[0].content }}'), 'file-unsupported', path);
    await assertFails(() => use('{{ messages[0].content | upper }}'), 'file-unsupported', path);
    await assertFails(() => use('x'.repeat(1_000_001)), 'file-unsupported', path, '1000001');
    await assertFails(
      () => use("{{ raise_exception('Only dogs may speak.') }}"),
      'prompt',
      path,
      'Only dogs may speak',
    );
    await writeFile(join(folder, 'tokenizer_config.json'), '{"chat_template": 7}');
    await rm(path);
    await assertFails(() => loadChatTemplate(folder), 'file-damaged', 'tokenizer_config.json', '"chat_template"');
  });
});
