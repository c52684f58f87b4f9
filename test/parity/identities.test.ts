/** The identities of the numerical contract (docs/architecture.md), and that the checks can fail. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { attribute } from '../../src/attribution/attribute.ts';
import type { ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { inputSums } from '../../src/attribution/influence.ts';
import { selfCheck } from '../../src/attribution/selfcheck/selfcheck.ts';
import { tensor } from '../../src/onnx/index.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceModel, referenceTensors } from '../support/replacement.ts';

const NAMES = [
  'encoding',
  'reconstruction',
  'adjoint',
  'feature-row-sums',
  'target-row-sums',
  'doubling',
  'influence',
] as const;
/** What float32 explains; 2e-6 is the largest that is seen. The contract is 1e-4. */
const TOLERANCE = 1e-5;

describe('identities', () => {
  for (const name of referenceCases) {
    test(name, async () => {
      const model = await referenceModel(name);
      const { tokens } = await referenceTensors(name);
      const checks = await selfCheck(model, tokens);
      assert.deepEqual(
        checks.map(check => check.name),
        NAMES,
      );
      for (const check of checks)
        assert.ok(check.passed && check.maxError < TOLERANCE, `${check.name} ${check.maxError}`);
      await model.dispose();
    });
  }

  test('most rows miss their sum by over 1 % without the leaves', async () => {
    const model = await referenceModel('llama3-plt-relu-skip');
    const { tokens } = await referenceTensors('llama3-plt-relu-skip');
    const { matrix, active } = await attribute(model, tokens);
    const { signed } = inputSums(matrix);
    const missed = active.activations.filter((value, i) => Math.abs(signed[i] - value) > 0.01 * Math.abs(value));
    assert.ok(missed.length > active.activations.length / 2);
    await model.dispose();
  });
});

describe('a check fails when its identity is broken', () => {
  const name = 'llama3-plt-jumprelu';
  const failures = async (breakModel: (model: ReplacementModel) => void): Promise<string[]> => {
    const model = await referenceModel(name);
    breakModel(model);
    const { tokens } = await referenceTensors(name);
    const checks = await selfCheck(model, tokens);
    await model.dispose();
    return checks.filter(({ passed }) => !passed).map(check => check.name);
  };

  test('encoder biases that did not make the activations', async () => {
    assert.deepEqual(await failures(model => model.biases.forEach(({ bEnc }) => bEnc.fill(0.5))), ['feature-row-sums']);
  });

  test('a transport that forgets the scale of a norm', async () => {
    const failed = await failures(model => {
      const { sessions } = model;
      const transport = sessions.transport.bind(sessions);
      sessions.transport = async (layer, options) => {
        const session = await transport(layer, options);
        const forgets = { ...session, run: session.run.bind(session) };
        forgets.run = feeds => {
          const scale = feeds.ln1_inverse_scale;
          const ones = tensor(new Float32Array(scale.size).fill(1), scale.dims);
          return session.run({ ...feeds, ln1_inverse_scale: ones });
        };
        return forgets;
      };
    });
    assert.deepEqual(failed, ['adjoint', 'feature-row-sums', 'target-row-sums', 'doubling']);
  });
});
