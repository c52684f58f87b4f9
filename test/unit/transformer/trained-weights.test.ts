/** With weights that are inputs, as in training, every architecture gives what it gives on stored ones. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { checkpointParameters } from '../../../src/cli/train/checkpoint-parameters.ts';
import { openCheckpoint } from '../../../src/checkpoint/index.ts';
import { MlpHarvest } from '../../../src/training/harvest.ts';
import { assertWithin } from '../../support/numbers.ts';
import { referenceCase } from '../../support/reference.ts';
import { referenceTensors } from '../../support/replacement.ts';

for (const name of ['gpt2-plt-relu', 'neox-plt-relu', 'gemma2-plt-topk', 'gemma3-clt-jumprelu', 'qwen3-plt-topk']) {
  test(`${name}: what MLPs read and write`, async () => {
    const checkpoint = await openCheckpoint(join(await referenceCase(name), 'model'));
    const { config } = checkpoint;
    const harvest = await MlpHarvest.create(config, await checkpointParameters(checkpoint), 1);
    const reference = await referenceTensors(name);
    const { tokens } = reference;
    const sequence = { tokens: Int32Array.from(tokens), weights: new Float32Array(tokens.length).fill(1) };
    const { count, inputs, outputs } = await harvest.collect([sequence]);
    assert.equal(count, tokens.length);
    for (let layer = 0; layer < config.nLayers; layer++) {
      const part = (values: Float32Array): number[] =>
        tokens.flatMap((_, t) => {
          const first = (t * config.nLayers + layer) * config.dModel;
          return Array.from(values.subarray(first, first + config.dModel));
        });
      assertWithin(part(inputs), await reference.floats(`cache.blocks.${layer}.mlp.hook_in`), 4e-6, `inputs ${layer}`);
      assertWithin(
        part(outputs),
        await reference.floats(`cache.blocks.${layer}.hook_mlp_out`),
        4e-6,
        `outputs ${layer}`,
      );
    }
  });
}
