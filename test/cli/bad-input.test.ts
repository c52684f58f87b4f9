import assert from 'node:assert/strict';
import { mkdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { assertRefuses, filesBelow, writeWordTokenizer } from '../support/cli.ts';
import { poke } from '../support/damage.ts';
import { referenceCase } from '../support/reference.ts';
import { writeRawSafetensors } from '../support/safetensors.ts';
import { temporaryFolder } from '../support/temporary.ts';

const TOKENS = ['--tokens', '0,5,11,3'];
const WEIGHTS = 'model/model.safetensors';
const QUERY = 'model.layers.1.self_attn.q_proj.weight';

/** A copy of a reference case, damaged; what must be said of it, and with which exit code. */
interface Case {
  readonly what: string;
  readonly damage?: (folder: string) => Promise<unknown>;
  readonly args?: readonly string[];
  readonly code: number;
  readonly words: readonly string[];
}

const CASES: readonly Case[] = [
  {
    what: 'missing weights',
    damage: folder => rm(join(folder, WEIGHTS)),
    code: 3,
    words: ['model has no .safetensors file', 'Fetch the weights'],
  },
  {
    what: 'a missing folder',
    args: ['--model', 'nowhere', '--dictionary', 'transcoders', ...TOKENS],
    code: 3,
    words: ['nowhere'],
  },
  {
    what: 'weights cut inside the header',
    damage: folder => truncate(join(folder, WEIGHTS), 100),
    code: 3,
    words: [WEIGHTS],
  },
  {
    what: 'a header that claims 2^60 bytes',
    damage: folder => writeRawSafetensors(join(folder, WEIGHTS), {}, new Uint8Array(64), 2n ** 60n),
    code: 3,
    words: [WEIGHTS, String(2n ** 60n)],
  },
  {
    what: 'a tensor that claims 2^60 bytes',
    damage: folder => {
      const header = { [QUERY]: { dtype: 'F32', shape: [2 ** 29, 2 ** 29], data_offsets: [0, 2 ** 60] } };
      return writeRawSafetensors(join(folder, WEIGHTS), header, new Uint8Array(64));
    },
    code: 3,
    words: [WEIGHTS, QUERY],
  },
  {
    what: 'infinite dictionary weights',
    damage: folder => poke(join(folder, 'transcoders/layer_1.safetensors'), 'W_enc', Infinity),
    code: 3,
    words: ['transcoders/layer_1.safetensors', 'tensor "W_enc"', 'nfinit'],
  },
  {
    what: 'a dictionary bias that is NaN',
    damage: folder => poke(join(folder, 'transcoders/layer_0.safetensors'), 'b_dec', NaN),
    code: 3,
    words: ['transcoders/layer_0.safetensors', 'tensor "b_dec"', 'NaN'],
  },
  {
    what: 'a truncated dictionary',
    damage: folder => truncate(join(folder, 'transcoders/layer_2.safetensors'), 3000),
    code: 3,
    words: ['transcoders/layer_2.safetensors'],
  },
  {
    what: 'a dictionary without configuration',
    damage: folder => rm(join(folder, 'transcoders/config.yaml')),
    code: 3,
    words: ['transcoders/config.yaml'],
  },
  {
    what: 'a configuration that is no JSON',
    damage: folder => writeFile(join(folder, 'model/config.json'), '{"model_type": "llama",'),
    code: 3,
    words: ['model/config.json'],
  },
  {
    what: 'a tokenizer of another model',
    damage: folder => writeWordTokenizer(join(folder, 'model'), 100),
    code: 3,
    words: ['model/tokenizer.json has token ids up to 99', 'config.json has a vocabulary of 32'],
  },
  {
    what: 'a tokenizer that is no JSON',
    damage: folder => writeFile(join(folder, 'model/tokenizer.json'), 'oops'),
    code: 3,
    words: ['model/tokenizer.json'],
  },
  {
    what: 'text without a tokenizer',
    args: ['--prompt', 'Hello'],
    code: 2,
    words: ['model has no tokenizer.json', '--tokens'],
  },
  {
    what: 'an empty prompt',
    damage: folder => writeWordTokenizer(join(folder, 'model'), 32),
    args: ['--prompt', ''],
    code: 2,
    words: ['The prompt is empty'],
  },
  { what: 'no prompt', args: [], code: 2, words: ['There is no prompt', '--tokens'] },
  { what: 'two prompts', args: ['--prompt', 'a', '--tokens', '1'], code: 2, words: ['Both --prompt and --tokens'] },
  { what: 'one token', args: ['--tokens', '0'], code: 2, words: ['one token', 'first one is never explained'] },
  {
    what: 'a file in the place of a folder',
    args: ['--model', 'model/config.json', '--dictionary', 'transcoders', ...TOKENS],
    code: 3,
    words: ['model/config.json is a file'],
  },
  {
    what: 'a page in the place of a configuration',
    damage: folder => writeFile(join(folder, 'model/config.json'), '<html>\n<body>\n'),
    code: 3,
    words: ['model/config.json is not JSON', 'Fetch or write the file again'],
  },
  {
    what: 'a prompt beyond the context',
    args: ['--tokens', Array.from({ length: 65 }, (_, i) => i % 32).join()],
    code: 2,
    words: ['The prompt has 65 tokens but the model reads 64', 'config.json'],
  },
  { what: 'an unknown token', args: ['--tokens', '0,32'], code: 2, words: ['Token 32 at position 1', '0 to 31'] },
  { what: 'an unknown target', args: [...TOKENS, '--target', '32'], code: 2, words: ['Target 32', '0 to 31'] },
  {
    what: 'an unknown target text',
    damage: folder => writeWordTokenizer(join(folder, 'model'), 32),
    args: [...TOKENS, '--target', '" Austin"'],
    code: 2,
    words: ['" Austin" is not one token', 'tokenizer.json'],
  },
  { what: 'a target twice', args: [...TOKENS, '--target', '7,7'], code: 2, words: ['Token 7 is a target twice'] },
  {
    what: 'an output folder that is not there',
    args: [...TOKENS, '--out', 'no/x.graph.json'],
    code: 3,
    words: ['no is not a folder'],
  },
  { what: 'an output that is a folder', args: [...TOKENS, '--out', 'model'], code: 3, words: ['model is a folder'] },
  {
    what: 'an output below a file',
    args: [...TOKENS, '--out', 'model/config.json/x.graph.json'],
    code: 3,
    words: ['config.json is not a folder'],
  },
  {
    what: 'an adjacency output that is a folder',
    args: [...TOKENS, '--adjacency', 'transcoders'],
    code: 3,
    words: ['transcoders is a folder'],
  },
  { what: 'a provider that is not there', args: [...TOKENS, '--provider', 'dml'], code: 4, words: ['DirectML', 'cpu'] },
  {
    what: 'a threshold beyond 1',
    args: [...TOKENS, '--node-threshold', '2'],
    code: 2,
    words: ['--node-threshold "2"'],
  },
];

describe('circuit trace on bad input: one sentence with file and tensor or field, what to do, no stack, nothing written', () => {
  for (const { what, damage, args = TOKENS, code, words } of CASES) {
    test(what, { skip: what.includes('provider') && process.platform === 'win32' }, async t => {
      const folder = await copyOf(t, 'llama3untied-plt-topk');
      await damage?.(folder);
      const before = await filesBelow(folder);
      const models = args.includes('--model') ? [] : ['--model', 'model', '--dictionary', 'transcoders'];
      await assertRefuses(['trace', ...models, ...args], code, words, { cwd: folder });
      assert.deepEqual(await filesBelow(folder), before);
    });
  }

  test('a folder that takes no files', { skip: process.platform !== 'linux' }, async t => {
    // /proc is a folder in which nobody can make a file, not even root.
    const folder = await copyOf(t, 'llama3-plt-jumprelu');
    const models = ['--model', 'model', '--dictionary', 'transcoders'];
    await assertRefuses(['trace', ...models, ...TOKENS, '--out', '/proc/x.graph.json'], 3, ['/proc/x.graph.json'], {
      cwd: folder,
    });
  });
});

describe('other commands on bad input', () => {
  test('predict: a line without a prompt, an unknown token, a missing file', async t => {
    const folder = await copyOf(t, 'llama3-plt-jumprelu');
    const refuses = async (text: string, code: number, ...words: string[]) => {
      await writeFile(join(folder, 'lines.txt'), text);
      await assertRefuses(
        ['predict', '--model', 'model', '--file', 'lines.txt', '--logits', 'l.safetensors'],
        code,
        words,
        {
          cwd: folder,
        },
      );
    };
    await refuses('0,5\n\n0,6\n', 2, 'lines.txt: line 2 is empty');
    await refuses('0,5\n0,99\n', 2, 'Token 99 at position 1');
    await refuses('0,5\nHello\n', 2, 'lines.txt', 'line 2', 'token ids');
    await rm(join(folder, 'lines.txt'));
    await assertRefuses(['predict', '--model', 'model', '--file', 'lines.txt'], 3, ['lines.txt'], { cwd: folder });
    assert.ok(!(await filesBelow(folder)).some(name => name.startsWith('l.safetensors')));
  });

  test('graph: no file, no JSON, no graph', async t => {
    const folder = await temporaryFolder(t);
    await assertRefuses(['graph', 'a.json'], 3, ['a.json'], { cwd: folder });
    await writeFile(join(folder, 'a.json'), '{"metadata": {');
    await assertRefuses(['graph', 'a.json'], 3, ['a.json'], { cwd: folder });
    await writeFile(join(folder, 'a.json'), '{"metadata": {}}');
    await assertRefuses(['graph', 'a.json'], 3, ['a.json has no "nodes"'], { cwd: folder });
    await mkdir(join(folder, 'b.json'));
    await assertRefuses(['graph', 'b.json'], 3, ['b.json'], { cwd: folder });
  });

  test('model: weights that are not finite are found when asked', async t => {
    const folder = await copyOf(t, 'llama3-plt-jumprelu');
    await poke(join(folder, WEIGHTS), QUERY, Infinity);
    await assertRefuses(['model', '--model', 'model', '--weights'], 3, [WEIGHTS, QUERY], { cwd: folder });
  });

  test('features: no index, a damaged index, features that are not there', async t => {
    const folder = await copyOf(t, 'llama3-plt-jumprelu');
    const options = ['--dictionary', 'transcoders'];
    await assertRefuses(['features', 'show', '9/1', ...options], 2, ['no layer 9'], { cwd: folder });
    await assertRefuses(['features', 'show', '1/99', ...options], 2, ['no feature 99'], { cwd: folder });
    await assertRefuses(['features', 'show', 'Texas', ...options], 2, ['"Texas" names no feature'], { cwd: folder });
    await truncate(join(folder, 'transcoders/features/layer_1.bin'), 40);
    await assertRefuses(['features', 'show', '1/20', ...options], 3, ['layer_1.bin', 'feature 20'], { cwd: folder });
    await writeFile(join(folder, 'transcoders/features/index.json.gz'), 'oops');
    await assertRefuses(['features', 'list', ...options], 3, ['index.json.gz'], { cwd: folder });
    await rm(join(folder, 'transcoders/features'), { recursive: true });
    await assertRefuses(['features', 'list', ...options], 3, ['index.json.gz', 'features build'], { cwd: folder });
  });

  test('train: a corpus that is damaged or empty, a folder with another result, active features beyond all', async t => {
    const folder = await copyOf(t, 'llama3-plt-jumprelu');
    await writeFile(join(folder, 'c.jsonl'), '[0,5,11]\n');
    const train = ['train', 'dictionary', '--model', 'model', '--corpus', 'c.jsonl', '--features', '8'];
    await assertRefuses(
      [...train, '--active', '3', '--out', 'transcoders'],
      2,
      ['transcoders holds a config.yaml already'],
      {
        cwd: folder,
      },
    );
    await assertRefuses([...train, '--out', 'x', '--active', '8'], 2, ['--active 8'], { cwd: folder });
    await assertRefuses([...train, '--out', 'x', '--active', '3,3'], 2, ['--active 3,3', '3 layers'], { cwd: folder });
    await writeFile(join(folder, 'c.jsonl'), '[0,5,"x"]\n');
    await assertRefuses([...train, '--active', '3', '--out', 'x'], 3, ['c.jsonl: line 1'], { cwd: folder });
    assert.ok(!(await filesBelow(folder)).some(name => name.startsWith('x/')));
  });
});

function copyOf(t: TestContext, name: string): Promise<string> {
  return referenceCase(name).then(path => temporaryFolder(t, path));
}
