import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDictionaryConfig } from '../../../src/dictionary/dictionary-config.ts';
import { assertFails } from '../../support/errors.ts';

const good = `model_kind: transcoder_set
feature_input_hook: mlp.hook_in
feature_output_hook: hook_mlp_out
model_name: google/gemma-2-2b
scan: [a, b]
transcoders:
  - hf://google/x/layer_0/params.npz?revision=main
`;
const parse = (text: string) => parseDictionaryConfig('d/config.yaml', text);

describe('config.yaml', () => {
  test('a published one, with fields that are not used', () => {
    const { path, ...config } = parse(good);
    assert.equal(path, 'd/config.yaml');
    assert.deepEqual(config, {
      kind: 'plt',
      inputHook: 'mlp.hook_in',
      outputHook: 'hook_mlp_out',
      modelName: 'google/gemma-2-2b',
      activation: undefined,
      k: undefined,
      transcoders: ['hf://google/x/layer_0/params.npz?revision=main'],
    });
    assert.equal(parse(`${good}activation: jump_relu`).activation, 'jumprelu');
    assert.equal(parse(`${good}activation: topk\nk: 64`).k, 64);
    assert.equal(parse(`${good}k: 64`).k, undefined);
  });

  for (const [what, text, code, words] of [
    ['nothing', '', 'file-damaged', []],
    ['a list', '- 1', 'file-damaged', []],
    ['broken YAML', 'model_kind: [', 'file-damaged', ['not YAML']],
    ['a tab as indentation', 'a:\n\t- b', 'file-damaged', ['not YAML']],
    ['a key twice', `${good}model_kind: transcoder_set`, 'file-damaged', ['not YAML', 'unique']],
    ['an alias without an anchor', 'model_kind: *nobody', 'file-damaged', ['not YAML']],
    ['no kind', good.replace('model_kind', 'kind'), 'file-damaged', ['"model_kind"', 'missing']],
    ['a kind that is a list', good.replace('transcoder_set', '[x]'), 'file-damaged', ['"model_kind"']],
    ['an unknown kind', good.replace('transcoder_set', 'sae'), 'file-unsupported', ['"model_kind"', '"sae"']],
    ['a kind from the prototype', good.replace('transcoder_set', 'constructor'), 'file-unsupported', ['"constructor"']],
    [
      'an unknown input',
      good.replace('mlp.hook_in', 'hook_attn_out'),
      'file-unsupported',
      ['"feature_input_hook"', '"hook_attn_out"'],
    ],
    [
      'an unknown output',
      good.replace('hook_mlp_out', 'hook_z'),
      'file-unsupported',
      ['"feature_output_hook"', '"hook_z"'],
    ],
    ['an unknown activation', `${good}activation: gelu`, 'file-unsupported', ['"activation"', '"gelu"']],
    ['topk without k', `${good}activation: topk`, 'file-damaged', ['"k"']],
    ['k of 0', `${good}activation: topk\nk: 0`, 'file-damaged', ['"k"']],
    ['k as text', `${good}activation: topk\nk: many`, 'file-damaged', ['"k"']],
    ['a megabyte of text', `# ${'x'.repeat(1_000_000)}`, 'file-damaged', ['characters long']],
  ] as const) {
    test(`${what} is refused, naming file and field`, async () => {
      await assertFails(() => parse(text), code, 'd/config.yaml', ...words);
    });
  }

  test('aliases that multiply are refused quickly', async () => {
    const levels = 'bcdefghi'.split('');
    let text = 'a: &a [x, x, x, x, x, x, x, x, x]\n';
    let before = 'a';
    for (const level of levels) {
      text += `${level}: &${level} [${new Array(9).fill(`*${before}`).join(', ')}]\n`;
      before = level;
    }
    const start = performance.now();
    await assertFails(() => parse(`${good}${text}`), 'file-damaged', 'd/config.yaml', 'not YAML');
    assert.ok(performance.now() - start < 5000);
  });

  test('errors list what is known', () => {
    assert.throws(() => parse(good.replace('mlp.hook_in', 'x')), {
      remedy: /hook_resid_mid, ln2\.hook_normalized, mlp\.hook_in/,
    });
  });
});
