/** The forward pass against circuit-tracer's and transformers' on the Llama cases. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HookName } from '../../src/transformer/layer-methods.ts';
import { createSession, encodeModel, Graph, type Value } from '../../src/onnx/index.ts';
import { buildForward } from '../../src/transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../../src/transformer/inputs.ts';
import { storedWeights } from '../../src/transformer/weights.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { llamaCases, referenceCase } from '../support/reference.ts';
import { referenceTensors, relativeError } from '../support/replacement.ts';

const TOLERANCE = 2e-6;
/** transformers ran in float32. */
const FLOAT32_TOLERANCE = 1e-5;

const hooks: readonly HookName[] = [
  'hook_resid_pre',
  'hook_resid_mid',
  'ln2.hook_normalized',
  'mlp.hook_in',
  'mlp.hook_out',
  'hook_mlp_out',
  'hook_resid_post',
];

for (const name of llamaCases) {
  test(`forward: ${name}`, async () => {
    const reference = await referenceTensors(name);
    const checkpoint = await openCheckpoint(`${await referenceCase(name)}/model`);
    const { config } = checkpoint;
    const graph = new Graph();
    const forward = buildForward(config, storedWeights(graph, checkpoint), forwardInputs(graph, config));
    const outputs: Record<string, Value> = {
      'cache.hook_embed': forward.embedding,
      'cache.ln_final.hook_scale': forward.finalNorm.scale,
      'cache.ln_final.hook_normalized': forward.finalNorm.normalized,
      logits: forward.logits,
    };
    forward.layers.forEach((layer, index) => {
      const prefix = `cache.blocks.${index}`;
      for (const hook of hooks) outputs[`${prefix}.${hook}`] = layer.hooks[hook]!;
      outputs[`${prefix}.attn.hook_pattern`] = layer.pattern;
      outputs[`${prefix}.ln1.hook_scale`] = layer.attentionNorm.scale;
      outputs[`${prefix}.ln2.hook_scale`] = layer.mlpNorm.scale;
    });
    const session = await createSession(encodeModel(graph, outputs));
    const results = await session.run(forwardFeeds(config, [reference.tokens]));
    for (const output of Object.keys(outputs)) {
      const error = relativeError(results[output].data as Float32Array, await reference.floats(output));
      assert.ok(error < TOLERANCE, `${output}: off by ${error} of the largest`);
    }
    const transformers = relativeError(results.logits.data as Float32Array, await reference.floats('hf_logits'));
    assert.ok(transformers < FLOAT32_TOLERANCE, `transformers' logits: off by ${transformers}`);
    await session.dispose();
  });
}
