/** The commands that read a model, on one reference case of every architecture. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSafetensors, readFloat32, tensorIn } from '../../src/checkpoint/index.ts';
import { circuitJson } from '../support/cli.ts';
import { assertWithin } from '../support/numbers.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

const TOKENS = '0,5,11,3,29,5,17';

for (const name of [
  'gpt2-clt-jumprelu',
  'neox-plt-topk-skip',
  'gemma2-plt-jumprelu-premlp',
  'gemma3-clt-jumprelu',
  'qwen3-plt-jumprelu-skip',
]) {
  describe(name, () => {
    test("predict gives transformers' logits", async context => {
      const folder = await referenceCase(name);
      const logits = join(await temporaryFolder(context), 'logits.safetensors');
      const model = ['--model', join(folder, 'model')];
      const { top } = await circuitJson<{ top: { probability: number }[] }>([
        ...['predict', ...model, '--tokens', TOKENS, '--logits', logits],
      ]);
      const theirs = await openSafetensors(join(folder, 'reference/tensors.safetensors'));
      const expected = (await readFloat32(tensorIn(theirs, 'hf_logits'))).slice(-32);
      const found = await readFloat32(tensorIn(await openSafetensors(logits), 'logits'));
      assertWithin(found, expected, 1e-4, 'logits');
      const total = expected.reduce((sum, logit) => sum + Math.exp(logit), 0);
      assert.ok(Math.abs(top[0].probability - Math.exp(Math.max(...expected)) / total) < 1e-4);
    });

    test('selfcheck: all identities hold', async () => {
      const folder = await referenceCase(name);
      const models = ['--model', join(folder, 'model'), '--dictionary', join(folder, 'transcoders')];
      const { checks } = await circuitJson<{ checks: { name: string; passed: boolean }[] }>([
        ...['selfcheck', ...models, '--tokens', TOKENS],
      ]);
      assert.equal(checks.length, 7);
      for (const check of checks) assert.ok(check.passed, check.name);
    });

    test('model describes it', async () => {
      const folder = await referenceCase(name);
      const models = ['--model', join(folder, 'model'), '--dictionary', join(folder, 'transcoders')];
      const { model } = await circuitJson<{ model: { architecture: string; layers: number } }>([
        ...['model', ...models, '--weights', '--no-providers'],
      ]);
      assert.deepEqual([model.architecture, model.layers], [name.slice(0, name.indexOf('-')), 3]);
    });
  });
}
