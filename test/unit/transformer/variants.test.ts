/**
 * What the reference cases do not have, on random models of every architecture: logits and patterns against float64
 * loops, and all identities of attribution.
 */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { selfCheck } from '../../../src/attribution/selfcheck/selfcheck.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { createSession, encodeModel, Graph, type Value } from '../../../src/onnx/index.ts';
import { buildForward } from '../../../src/transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../../../src/transformer/inputs.ts';
import { storedWeights } from '../../../src/transformer/weights.ts';
import { writeRandomArchitecture, type RandomArchitecture } from '../../support/random-architecture.ts';
import { writeRandomDictionary, type RandomDictionarySizes } from '../../support/random-model.ts';
import { PlainTransformer } from '../../support/plain-transformer.ts';
import { relativeError } from '../../support/replacement.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { normals } from '../../support/random.ts';

/** float32 against float64. */
const TOLERANCE = 1e-5;
const tokens = [1, 17, 5, 33, 5, 29, 8, 2, 11];

const gpt2 = { model_type: 'gpt2', vocab_size: 40, n_positions: 20, n_embd: 24, n_layer: 3, n_head: 4 };
const neox = {
  model_type: 'gpt_neox',
  vocab_size: 40,
  hidden_size: 32,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  intermediate_size: 36,
  max_position_embeddings: 64,
  rotary_emb_base: 100,
};
const gated = {
  vocab_size: 40,
  hidden_size: 24,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 10,
  intermediate_size: 28,
  max_position_embeddings: 64,
  rms_norm_eps: 1e-6,
  rope_theta: 50,
};
const sliding = (pattern: string): string[] =>
  Array.from(pattern, letter => (letter === 's' ? 'sliding_attention' : 'full_attention'));
const gpt2Defaults = { layer_norm_epsilon: 1e-5, activation_function: 'gelu_new' };
const neoxDefaults = { layer_norm_eps: 1e-5, hidden_act: 'gelu', rotary_pct: 0.5 };
const llama = { ...gated, model_type: 'llama', hidden_act: 'silu', tie_word_embeddings: false };
const gemma2 = {
  ...gated,
  model_type: 'gemma2',
  hidden_activation: 'gelu_pytorch_tanh',
  query_pre_attn_scalar: 5,
  sliding_window: 3,
  layer_types: sliding('sfs'),
  attn_logit_softcapping: 1.5,
  final_logit_softcapping: 2,
};

type DictionaryOptions = Omit<RandomDictionarySizes, 'nLayers' | 'dModel' | 'nFeatures' | 'kind'> & {
  readonly kind?: RandomDictionarySizes['kind'];
};

const cases: Record<string, RandomArchitecture & { readonly dictionary?: DictionaryOptions }> = {
  'gpt2: untied, scores not scaled, narrow MLP of relu': {
    config: {
      ...gpt2,
      ...gpt2Defaults,
      tie_word_embeddings: false,
      scale_attn_weights: false,
      n_inner: 20,
      activation_function: 'relu',
    },
    dictionary: { inputHook: 'mlp.hook_in', outputHook: 'mlp.hook_out', skip: true },
  },
  'gpt2: float16, names without a prefix': {
    config: { ...gpt2, ...gpt2Defaults },
    dtype: 'F16',
    prefix: '',
    dictionary: { kind: 'clt' },
  },
  'neox: one after the other, all of a head rotated': {
    config: { ...neox, ...neoxDefaults, use_parallel_residual: false, rotary_pct: 1, hidden_act: 'gelu_new' },
    dictionary: { inputHook: 'hook_resid_mid' },
  },
  'neox: parallel, without biases of attention, bfloat16': {
    config: { ...neox, ...neoxDefaults, attention_bias: false },
    dtype: 'BF16',
    dictionary: { kind: 'clt', inputHook: 'mlp.hook_in', skip: true },
  },
  'llama: biases of attention and MLP, rotation stretched': {
    config: { ...llama, attention_bias: true, mlp_bias: true, rope_scaling: { rope_type: 'linear', factor: 4 } },
    dictionary: { skip: true },
  },
  'qwen3: sliding layers, biases, untied': {
    config: {
      ...llama,
      model_type: 'qwen3',
      attention_bias: true,
      use_sliding_window: true,
      sliding_window: 2,
      layer_types: sliding('fss'),
    },
    dictionary: { kind: 'clt', inputHook: 'mlp.hook_in' },
  },
  'gemma2: caps that bend, biases before the norm after attention': {
    config: { ...gemma2, attention_bias: true },
    dictionary: { inputHook: 'mlp.hook_in', outputHook: 'mlp.hook_out', skip: true },
  },
  'gemma3: local rotation, global one stretched, caps, untied, nested names': {
    config: {
      ...gemma2,
      model_type: 'gemma3_text',
      layer_types: sliding('ssf'),
      rope_local_base_freq: 7,
      rope_scaling: { rope_type: 'linear', factor: 8 },
      tie_word_embeddings: false,
    },
    prefix: 'model.language_model.',
    dictionary: { kind: 'clt', skip: true },
  },
  'gemma3: bfloat16, norms of what the dictionary writes': {
    config: {
      ...gemma2,
      model_type: 'gemma3_text',
      layer_types: sliding('sff'),
      rope_local_base_freq: 7,
      attn_logit_softcapping: null,
    },
    dtype: 'BF16',
    dictionary: { outputHook: 'mlp.hook_out', inputHook: 'hook_resid_mid' },
  },
};

for (const [name, model] of Object.entries(cases)) {
  describe(name, () => {
    test('logits and patterns equal plain float64 loops', async context => {
      const folder = await temporaryFolder(context);
      await writeRandomArchitecture(folder, model);
      const checkpoint = await openCheckpoint(folder);
      // The loops know the usual names only.
      const usual = await temporaryFolder(context);
      await writeRandomArchitecture(usual, { config: model.config, ...(model.dtype && { dtype: model.dtype }) });
      const expected = (await PlainTransformer.open(usual)).run(tokens);

      const graph = new Graph();
      const { config } = checkpoint;
      const forward = buildForward(config, storedWeights(graph, checkpoint), forwardInputs(graph, config));
      const outputs: Record<string, Value> = { logits: forward.logits };
      forward.layers.forEach(({ pattern }, layer) => (outputs[`pattern_${layer}`] = pattern));
      const session = await createSession(encodeModel(graph, outputs), { threads: 1 });
      const run = await session.run(forwardFeeds(config, [tokens]));
      const error = relativeError(run['logits'].data as Float32Array, expected.logits.flat());
      assert.ok(error < TOLERANCE, `logits: ${error}`);
      expected.patterns.forEach((pattern, layer) => {
        const difference = relativeError(run[`pattern_${layer}`].data as Float32Array, pattern.flat(2));
        assert.ok(difference < TOLERANCE, `pattern ${layer}: ${difference}`);
      });
      await session.dispose();
    });

    test('all identities hold', async context => {
      const folder = await temporaryFolder(context);
      await writeRandomArchitecture(join(folder, 'model'), model);
      const checkpoint = await openCheckpoint(join(folder, 'model'));
      const { nLayers, dModel } = checkpoint.config;
      const sizes = { nLayers, dModel, nFeatures: 30, kind: 'plt', threshold: 1, ...model.dictionary } as const;
      await writeRandomDictionary(join(folder, 'dictionary'), sizes, normals(2));
      const dictionary = await openDictionary(join(folder, 'dictionary'));
      const replacement = await loadReplacementModel(checkpoint, dictionary, { threads: 1 });
      for (const check of await selfCheck(replacement, tokens)) {
        assert.ok(check.passed && check.maxError < TOLERANCE, `${check.name}: ${check.maxError}`);
      }
      await replacement.dispose();
    });
  });
}
