/** What is wrong with a checkpoint is said before anything runs, by the name of the tensor. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { usualTensorName } from '../../../src/checkpoint/tensor-names.ts';
import { checkDictionaryFits, openDictionary } from '../../../src/dictionary/index.ts';
import { Graph } from '../../../src/onnx/index.ts';
import { architectureOf } from '../../../src/transformer/architectures.ts';
import { buildForward } from '../../../src/transformer/forward.ts';
import { forwardInputs } from '../../../src/transformer/inputs.ts';
import { storedWeights } from '../../../src/transformer/weights.ts';
import { assertFails } from '../../support/errors.ts';
import { referenceCase } from '../../support/reference.ts';
import { temporaryFolder } from '../../support/temporary.ts';

async function build(folder: string): Promise<void> {
  const checkpoint = await openCheckpoint(folder);
  const graph = new Graph();
  buildForward(checkpoint.config, storedWeights(graph, checkpoint), forwardInputs(graph, checkpoint.config));
}

test('an unknown architecture: the known ones are listed', async () => {
  await assertFails(() => architectureOf({ architecture: 'mamba' }), 'file-unsupported', '"mamba"');
  assert.throws(() => architectureOf({ architecture: 'toString' }), {
    remedy: 'Use one of: gpt2, neox, llama, gemma2, gemma3, qwen3.',
  });
});

describe('weights that do not fit config.json', () => {
  const cases: [name: string, field: string, value: number, tensor: string][] = [
    ['gpt2-plt-relu', 'n_inner', 40, 'transformer.h.0.mlp.c_fc.weight'],
    ['gpt2-plt-relu', 'n_positions', 65, 'transformer.wpe.weight'],
    ['neox-plt-relu', 'vocab_size', 31, 'gpt_neox.embed_in.weight'],
    ['gemma2-plt-topk', 'head_dim', 4, 'model.layers.0.self_attn.q_proj.weight'],
    ['gemma3-clt-jumprelu', 'intermediate_size', 30, 'model.layers.0.mlp.gate_proj.weight'],
    ['qwen3-plt-topk', 'num_key_value_heads', 2, 'model.layers.0.self_attn.k_proj.weight'],
  ];
  for (const [name, field, value, tensor] of cases) {
    test(`${name}: ${field}`, async context => {
      const folder = await temporaryFolder(context, join(await referenceCase(name), 'model'));
      await changeConfig(folder, { [field]: value });
      await assertFails(() => build(folder), 'model-mismatch', `"${tensor}"`, 'config.json');
    });
  }

  test('a layer more than there are weights for', async context => {
    const folder = await temporaryFolder(context, join(await referenceCase('gpt2-plt-relu'), 'model'));
    await changeConfig(folder, { n_layer: 4 });
    await assertFails(() => build(folder), 'file-damaged', '"transformer.h.3.');
  });

  test('integers in the place of a matrix', async context => {
    const folder = await temporaryFolder(context, join(await referenceCase('neox-plt-relu'), 'model'));
    const path = join(folder, 'model.safetensors');
    const bytes = await readFile(path);
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<string, { dtype: string }>;
    header['gpt_neox.layers.1.attention.query_key_value.weight'].dtype = 'I32';
    const text = Buffer.from(JSON.stringify(header).padEnd(length));
    await writeFile(path, Buffer.concat([bytes.subarray(0, 8), text, bytes.subarray(8 + length)]));
    const name = '"gpt_neox.layers.1.attention.query_key_value.weight"';
    await assertFails(() => build(folder), 'file-unsupported', name, 'I32');
  });
});

test('a dictionary cannot read between attention and MLP where they are parallel', async () => {
  const { config } = await openCheckpoint(join(await referenceCase('neox-plt-relu'), 'model'));
  const dictionary = await openDictionary(join(await referenceCase('gpt2-clt-relu'), 'transcoders'));
  assert.equal(dictionary.inputHook, 'hook_resid_mid');
  await assertFails(() => checkDictionaryFits(dictionary, config), 'model-mismatch', 'hook_resid_mid', config.path);
});

test('tensors are found whatever prefix they are stored under', () => {
  const names: [string, Parameters<typeof usualTensorName>[1], string][] = [
    ['h.0.attn.c_attn.weight', 'gpt2', 'transformer.h.0.attn.c_attn.weight'],
    ['transformer.wte.weight', 'gpt2', 'transformer.wte.weight'],
    ['layers.3.attention.dense.bias', 'neox', 'gpt_neox.layers.3.attention.dense.bias'],
    ['language_model.model.norm.weight', 'gemma3', 'model.norm.weight'],
    ['model.language_model.layers.1.input_layernorm.weight', 'gemma3', 'model.layers.1.input_layernorm.weight'],
    ['language_model.lm_head.weight', 'gemma3', 'lm_head.weight'],
    ['vision_tower.vision_model.post_layernorm.weight', 'gemma3', 'vision_tower.vision_model.post_layernorm.weight'],
    ['embed_tokens.weight', 'llama', 'model.embed_tokens.weight'],
  ];
  for (const [stored, architecture, usual] of names) assert.equal(usualTensorName(stored, architecture), usual);
});

async function changeConfig(folder: string, fields: object): Promise<void> {
  const path = join(folder, 'config.json');
  const config = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, JSON.stringify({ ...config, ...fields }));
}
