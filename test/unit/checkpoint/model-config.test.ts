import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parseModelConfig, readModelConfig } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** The fewest fields that make a Llama; published Llama-1 checkpoints have hardly more. */
const llama = {
  model_type: 'llama',
  vocab_size: 100,
  hidden_size: 24,
  intermediate_size: 48,
  num_hidden_layers: 2,
  num_attention_heads: 3,
};
const parse = (json: object) => parseModelConfig('config.json', json);

describe('config.json', () => {
  test('missing fields get the defaults of transformers', () => {
    const config = parse(llama);
    assert.equal(config.headDim, 8);
    assert.equal(config.nKeyValueHeads, 3);
    assert.equal(config.ropeTheta, 10000);
    assert.equal(config.ropeScaling, undefined);
    assert.equal(config.normEpsilon, 1e-6);
    assert.equal(config.contextLength, 2048);
    assert.equal(config.activation, 'silu');
    assert.equal(config.tieEmbeddings, false);
    assert.equal(config.attentionBias || config.mlpBias, false);
    assert.equal(config.queryScale, 1 / Math.sqrt(8));
    assert.deepEqual(config.layerTypes, ['full', 'full']);
    assert.deepEqual([config.bosTokenId, config.eosTokenIds, config.padTokenId], [1, [2], undefined]);
  });

  test('null token ids are none, several ends are all kept', () => {
    const config = parse({ ...llama, bos_token_id: null, eos_token_id: [7, 8], pad_token_id: 9 });
    assert.deepEqual([config.bosTokenId, config.eosTokenIds, config.padTokenId], [undefined, [7, 8], 9]);
    assert.deepEqual(parse({ ...llama, eos_token_id: null }).eosTokenIds, []);
  });

  test('rope scaling in the old and new spellings', async () => {
    const llama3 = { factor: 32, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };
    const expected = {
      kind: 'llama3',
      factor: 32,
      lowFrequencyFactor: 1,
      highFrequencyFactor: 4,
      originalContextLength: 8192,
    };
    assert.deepEqual(parse({ ...llama, rope_scaling: { rope_type: 'llama3', ...llama3 } }).ropeScaling, expected);
    const new5 = parse({ ...llama, rope_parameters: { rope_type: 'llama3', rope_theta: 5e5, ...llama3 } });
    assert.deepEqual([new5.ropeTheta, new5.ropeScaling], [5e5, expected]);
    assert.deepEqual(parse({ ...llama, rope_scaling: { type: 'linear', factor: 2 } }).ropeScaling, {
      kind: 'linear',
      factor: 2,
    });
    assert.equal(parse({ ...llama, rope_scaling: { rope_type: 'default' } }).ropeScaling, undefined);
    const reference = await readModelConfig(join(await referenceCase('llama3rope-plt-relu'), 'model'));
    assert.deepEqual(reference.ropeScaling, expected);
    assert.equal(reference.ropeTheta, 500000);
  });

  test('each architecture of the reference cases', async () => {
    const read = async (name: string) => readModelConfig(join(await referenceCase(name), 'model'));
    const gemma2 = await read('gemma2-clt-relu');
    assert.equal(gemma2.architecture, 'gemma2');
    assert.deepEqual(gemma2.layerTypes, ['full', 'sliding', 'full']);
    assert.deepEqual([gemma2.slidingWindow, gemma2.attentionSoftCap, gemma2.finalLogitSoftCap], [4, 50, 30]);
    assert.deepEqual([gemma2.tieEmbeddings, gemma2.activation, gemma2.localRopeTheta], [true, 'gelu_tanh', undefined]);
    const gemma3 = await read('gemma3-clt-jumprelu');
    assert.deepEqual([gemma3.architecture, gemma3.ropeTheta, gemma3.localRopeTheta], ['gemma3', 1e6, 1e4]);
    assert.deepEqual([gemma3.layerTypes, gemma3.attentionSoftCap], [['sliding', 'full', 'sliding'], undefined]);
    const gpt2 = await read('gpt2-plt-relu');
    assert.deepEqual([gpt2.architecture, gpt2.positions, gpt2.dMlp, gpt2.contextLength], ['gpt2', 'learned', 64, 64]);
    assert.deepEqual(
      [gpt2.activation, gpt2.attentionBias, gpt2.mlpBias, gpt2.tieEmbeddings],
      ['gelu_tanh', true, true, true],
    );
    const neox = await read('neox-plt-relu');
    assert.deepEqual(
      [neox.architecture, neox.rotaryDim, neox.parallelResidual, neox.activation],
      ['neox', 2, true, 'gelu'],
    );
    const path = join(await referenceCase('neox-plt-relu'), 'model/config.json');
    const fields = { ...(JSON.parse(await readFile(path, 'utf8')) as object), rotary_pct: undefined };
    assert.equal(parse(fields).rotaryDim, 2);
    assert.equal(parse({ ...fields, rope_parameters: { rope_theta: 5, partial_rotary_factor: 0.5 } }).rotaryDim, 4);
    const qwen3 = await read('qwen3-plt-topk');
    assert.deepEqual([qwen3.architecture, qwen3.headDim, qwen3.nKeyValueHeads, qwen3.ropeTheta], ['qwen3', 8, 1, 1e6]);
    assert.deepEqual([qwen3.slidingWindow, qwen3.layerTypes], [undefined, ['full', 'full', 'full']]);
    const untied = await read('llama3untied-plt-topk');
    assert.deepEqual(
      [untied.architecture, untied.tieEmbeddings, untied.nHeads, untied.nKeyValueHeads],
      ['llama', false, 2, 1],
    );
  });

  test('a published Gemma-3 that leaves out what equals the defaults, inside a vision model', () => {
    const text_config = {
      model_type: 'gemma3_text',
      hidden_size: 2560,
      intermediate_size: 10240,
      num_hidden_layers: 34,
      rope_scaling: { factor: 8, rope_type: 'linear' },
      sliding_window: 1024,
    };
    const config = parse({ model_type: 'gemma3', bos_token_id: 2, text_config, vision_config: { hidden_size: 1152 } });
    assert.deepEqual(
      [config.nHeads, config.nKeyValueHeads, config.headDim, config.vocabularySize],
      [8, 4, 256, 262208],
    );
    assert.deepEqual(config.layerTypes.slice(3, 7), ['sliding', 'sliding', 'full', 'sliding']);
    assert.deepEqual([config.ropeScaling, config.ropeTheta], [{ kind: 'linear', factor: 8 }, 1e6]);
  });

  for (const [what, change, code, words] of [
    ['no sizes', { hidden_size: undefined }, 'file-damaged', ['"hidden_size"', 'missing']],
    ['a size of 0', { num_hidden_layers: 0 }, 'file-damaged', ['"num_hidden_layers"']],
    ['a size of 2^60', { vocab_size: 2 ** 60 }, 'file-damaged', ['"vocab_size"']],
    ['a size that is text', { hidden_size: '24' }, 'file-damaged', ['"hidden_size"', '"24"']],
    ['half a head', { num_attention_heads: 5 }, 'file-damaged', ['"hidden_size" 24', '"num_attention_heads" 5']],
    ['heads that share unevenly', { num_key_value_heads: 2 }, 'file-damaged', ['"num_key_value_heads" 2']],
    ['an odd head size', { head_dim: 7 }, 'file-damaged', ['even']],
    ['a negative epsilon', { rms_norm_eps: -1 }, 'file-damaged', ['"rms_norm_eps"']],
    ['an unknown architecture', { model_type: 'mamba' }, 'file-unsupported', ['"mamba"']],
    ['no architecture', { model_type: undefined }, 'file-unsupported', ['"model_type"']],
    ['__proto__ as architecture', { model_type: '__proto__' }, 'file-unsupported', ['"__proto__"']],
    ['an unknown activation', { hidden_act: 'xielu' }, 'file-unsupported', ['"hidden_act"', '"xielu"']],
    ['an unknown rope scaling', { rope_scaling: { type: 'yarn' } }, 'file-unsupported', ['"yarn"']],
    [
      'half a rope scaling',
      { rope_scaling: { type: 'llama3', factor: 2 } },
      'file-damaged',
      ['rope_scaling', '"low_freq_factor"'],
    ],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'file-unsupported', ['"quantization_config"']],
  ] as const) {
    test(`${what} is refused, naming file and field`, async () => {
      await assertFails(() => parse({ ...llama, ...change }), code, 'config.json', ...words);
    });
  }

  test('the errors list what is known', () => {
    assert.throws(() => parse({ model_type: 'mamba' }), {
      remedy: /llama, qwen3, gemma2, gemma3, gemma3_text, gpt2, gpt_neox/,
    });
    assert.throws(() => parse({ ...llama, hidden_act: 'x' }), { remedy: /silu.*gelu_pytorch_tanh/ });
  });

  test('files that are no JSON objects are refused', async t => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'config.json');
    await assertFails(() => readModelConfig(folder), 'file-missing', path);
    for (const content of ['', '{"a":', '[]', 'null', '7', Buffer.of(0xff, 0xfe)]) {
      await writeFile(path, content);
      await assertFails(() => readModelConfig(folder), content === '[]' ? 'file-unsupported' : 'file-damaged', path);
    }
  });
});
