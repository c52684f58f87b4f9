/** Chat models on the command line: --chat wraps a prompt in the checkpoint's template. */
import assert from 'node:assert/strict';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { writeChatModel } from '../support/chat-model.ts';
import { assertRefuses, circuitJson } from '../support/cli.ts';
import { temporaryFolder } from '../support/temporary.ts';

interface Token {
  readonly id: number;
  readonly text: string;
  readonly start: number | null;
  readonly end: number | null;
}

const PROMPT = 'the opposite of hot is';
/** What the template of `writeChatModel` makes of it. */
const WRAPPED = `<bos><start_of_turn>user\n${PROMPT}<end_of_turn>\n<start_of_turn>model\n`;

describe('circuit --chat', () => {
  test('predict: the tokens of the template, with offsets in the prompt for those of the prompt', async t => {
    const folder = await temporaryFolder(t);
    const model = ['--model', join(folder, 'chat')];
    await writeChatModel(join(folder, 'chat'));
    const inTemplate = await circuitJson<{ tokens: Token[]; top: unknown; predictions: { prompt: string }[] }>([
      'predict',
      ...model,
      '--prompt',
      PROMPT,
      '--chat',
    ]);
    const written = await circuitJson<typeof inTemplate>(['predict', ...model, '--prompt', WRAPPED]);
    assert.deepEqual(
      inTemplate.tokens.map(({ id }) => id),
      written.tokens.map(({ id }) => id),
    );
    assert.deepEqual(inTemplate.top, written.top);
    assert.equal(inTemplate.predictions[0].prompt, PROMPT);
    const own = inTemplate.tokens.filter(({ start }) => start !== null);
    assert.equal(own.map(({ start, end }) => PROMPT.slice(start!, end!)).join(''), PROMPT);
    assert.deepEqual(
      inTemplate.tokens.slice(0, 2).map(({ text, start }) => [text, start]),
      [
        ['<bos>', null],
        ['<start_of_turn>', null],
      ],
    );

    const lines = join(folder, 'prompts.txt');
    await writeFile(lines, `${PROMPT}\nhot\n`);
    const many = await circuitJson<{ predictions: { tokens: Token[] }[] }>([
      'predict',
      ...model,
      '--file',
      lines,
      '--chat',
    ]);
    assert.deepEqual(many.predictions[0].tokens, inTemplate.tokens);
    assert.equal(many.predictions[1].tokens[1].text, '<start_of_turn>');
  });

  test('trace and selfcheck: the graph is that of the wrapped prompt', async t => {
    const folder = await temporaryFolder(t);
    const model = ['--model', join(folder, 'chat')];
    await writeChatModel(join(folder, 'chat'));
    const graphOf = async (name: string, ...options: string[]) => {
      const out = join(folder, name);
      await circuitJson(['trace', ...model, '--max-feature-nodes', '50', '--out', out, ...options]);
      return JSON.parse(await readFile(out, 'utf8')) as { metadata: { prompt: string }; links: unknown[] };
    };
    const inTemplate = await graphOf('a.graph.json', '--prompt', PROMPT, '--chat');
    const written = await graphOf('b.graph.json', '--prompt', WRAPPED);
    assert.equal(inTemplate.metadata.prompt, PROMPT);
    assert.ok(inTemplate.links.length > 0);
    assert.deepEqual(inTemplate.links, written.links);
    const { passed } = await circuitJson<{ passed: boolean }>(['selfcheck', ...model, '--prompt', PROMPT, '--chat']);
    assert.ok(passed);
  });

  test('ids, a model without a template, an empty message', async t => {
    const folder = await temporaryFolder(t);
    const model = join(folder, 'chat');
    await writeChatModel(model);
    const predict = (...options: string[]) => ['predict', '--model', model, '--chat', ...options];
    await assertRefuses(predict('--tokens', '1,5'), 2, ['--chat', '--tokens']);
    await assertRefuses(predict('--prompt', ''), 2, ['empty']);
    await rm(join(model, 'chat_template.jinja'));
    await assertRefuses(predict('--prompt', PROMPT), 2, [model, 'no chat template', '--chat']);
    await rm(join(model, 'tokenizer.json'));
    await assertRefuses(predict('--prompt', PROMPT), 2, [model, 'tokenizer.json']);
  });
});
