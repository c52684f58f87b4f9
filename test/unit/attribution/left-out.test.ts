/** The positions that a dictionary leaves out: the first, or on Gemma-3's chat models the first four. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { loadReplacementModel, type ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { selfCheck } from '../../../src/attribution/selfcheck/selfcheck.ts';
import { attribute } from '../../../src/attribution/attribute.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { createIntervention } from '../../../src/intervention/index.ts';
import { assertFails } from '../../support/errors.ts';
import { writeRandomArchitecture } from '../../support/random-architecture.ts';
import { writeRandomDictionary } from '../../support/random-model.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { normals } from '../../support/random.ts';

const START = [2, 105, 2364, 107];
const config = {
  model_type: 'gemma3_text',
  vocab_size: 2400,
  hidden_size: 16,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 8,
  intermediate_size: 24,
  query_pre_attn_scalar: 8,
  rms_norm_eps: 1e-6,
  rope_theta: 1e6,
  rope_local_base_freq: 1e4,
  sliding_window: 3,
  hidden_activation: 'gelu_pytorch_tanh',
};

async function load(context: TestContext, modelName: string): Promise<ReplacementModel> {
  const folder = await temporaryFolder(context);
  await writeRandomArchitecture(join(folder, 'model'), { config });
  const sizes = { nLayers: 2, dModel: 16, nFeatures: 40, kind: 'plt', threshold: 0.5, modelName } as const;
  await writeRandomDictionary(join(folder, 'dictionary'), sizes, normals(2));
  const checkpoint = await openCheckpoint(join(folder, 'model'));
  const model = await loadReplacementModel(checkpoint, await openDictionary(join(folder, 'dictionary')), {
    threads: 1,
  });
  context.after(() => model.dispose());
  return model;
}

describe('a dictionary of google/gemma-3-4b-it', () => {
  const tokens = [...START, 17, 900, 5, 33];

  test('has no activations and errors on <bos><start_of_turn>user\\n, and all identities hold', async context => {
    const model = await load(context, 'google/gemma-3-4b-it');
    const { active, matrix, order } = await attribute(model, tokens);
    assert.equal(Math.min(...active.positions), 4);
    for (let position = 0; position < tokens.length; position++) {
      for (let layer = 0; layer < 2; layer++) {
        const isSilent = !matrix.sources.includes(order.error(layer, position));
        assert.equal(isSilent, position < 4 || (layer === 1 && position < 7), `${layer} ${position}`);
      }
    }
    for (const check of await selfCheck(model, tokens)) {
      assert.ok(check.passed && check.maxError < 1e-5, `${check.name}: ${check.maxError}`);
    }
  });

  test('interventions read nothing there either', async context => {
    const { checkpoint, dictionary } = await load(context, 'google/gemma-3-4b-it');
    const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
    const [{ activations }] = await intervention.run([{ tokens }], { activations: 'activations' });
    for (const layer of activations!) {
      assert.ok(layer.subarray(0, 4 * 40).every(value => value === 0));
      assert.ok(layer.subarray(4 * 40).some(value => value !== 0));
    }
    await intervention.dispose();
  });

  test('asks for a prompt that begins so', async context => {
    const model = await load(context, 'google/gemma-3-4b-it');
    await assertFails(() => attribute(model, [2, 17, 900, 5, 33]), 'prompt', 'gemma-3-4b-it', '2, 105, 2364, 107');
  });
});

test('other models leave out the first position only, their base model among them', async context => {
  const model = await load(context, 'google/gemma-3-4b-pt');
  const { active } = await attribute(model, [2, 17, 900, 5, 33]);
  assert.equal(Math.min(...active.positions), 1);
});
