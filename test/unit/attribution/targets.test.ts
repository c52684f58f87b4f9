import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { probabilitiesOf, resolveTargets, type TargetRequest } from '../../../src/attribution/targets.ts';
import { Unembedding } from '../../../src/attribution/unembedding.ts';
import { readFloat32 } from '../../../src/checkpoint/index.ts';
import { assertFails } from '../../support/errors.ts';
import { randomModel, SMALL } from '../../support/random-model.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('targets', () => {
  test('probabilities are a softmax that does not overflow', () => {
    const probabilities = probabilitiesOf(Float32Array.of(1000, 1001, 900));
    assert.ok(Math.abs(probabilities[1] - 1 / (1 + Math.exp(-1))) < 1e-12);
    assert.ok(Math.abs(probabilities.reduce((a, b) => a + b, 0) - 1) < 1e-12);
  });

  test('tokens, differences and vectors as directions', async context => {
    const { checkpoint } = await randomModel(await temporaryFolder(context), SMALL);
    const unembedding = new Unembedding(checkpoint);
    const weights = await readFloat32(checkpoint.tensor('lm_head.weight'));
    const { dModel, vocabularySize } = checkpoint.config;
    const column = (token: number, d: number): number => weights[token * dModel + d];
    const mean = (d: number): number =>
      Array.from({ length: vocabularySize }, (_, token) => column(token, d)).reduce((a, b) => a + b, 0) /
      vocabularySize;
    const probabilities = probabilitiesOf(Float32Array.from({ length: vocabularySize }, (_, token) => Math.sin(token)));
    const resolve = (request: TargetRequest) => resolveTargets(request, probabilities, checkpoint.config, unembedding);

    const [first, second] = await resolve({ kind: 'tokens', tokens: [7, 3] });
    assert.deepEqual([first.token, second.token], [7, 3]);
    assert.equal(first.weight, probabilities[7]);
    first.vector.forEach((value, d) => {
      assert.ok(Math.abs(value - (column(7, d) - mean(d))) < 1e-6);
    });

    const [difference] = await resolve({ kind: 'difference', plus: 7, minus: 3 });
    assert.deepEqual([difference.token, difference.weight, difference.label], [vocabularySize, 1, '7 - 3']);
    difference.vector.forEach((value, d) => {
      assert.ok(Math.abs(value - (column(7, d) - column(3, d))) < 1e-6);
    });

    const vector = new Float32Array(dModel).fill(2);
    const [direction] = await resolve({ kind: 'vectors', targets: [{ label: 'twos', weight: 0.5, vector }] });
    assert.deepEqual(direction, { token: vocabularySize, label: 'twos', weight: 0.5, vector });
  });

  test('salient tokens stop when they hold enough', async context => {
    const { checkpoint } = await randomModel(await temporaryFolder(context), { ...SMALL, vocabulary: 4 });
    const unembedding = new Unembedding(checkpoint);
    const salient = async (maxLogits: number, probability: number): Promise<number[]> => {
      const request = { kind: 'salient', maxLogits, probability } as const;
      const targets = await resolveTargets(
        request,
        Float64Array.of(0.1, 0.5, 0.3, 0.1),
        checkpoint.config,
        unembedding,
      );
      return targets.map(({ token }) => token);
    };
    assert.deepEqual(await salient(10, 0.5), [1]);
    assert.deepEqual(await salient(10, 0.51), [1, 2]);
    assert.deepEqual(await salient(3, 1), [1, 2, 0]);
    assert.deepEqual(await salient(10, 1), [1, 2, 0, 3]);
    await assertFails(() => salient(0, 0.9), 'usage', '0 logits');
    await assertFails(() => salient(5, 1.5), 'usage', '1.5');
  });

  test('unknown targets are refused by name', async context => {
    const { checkpoint } = await randomModel(await temporaryFolder(context), SMALL);
    const unembedding = new Unembedding(checkpoint);
    const probabilities = new Float64Array(SMALL.vocabulary).fill(1 / SMALL.vocabulary);
    const fails = (request: TargetRequest, ...words: string[]): Promise<void> =>
      assertFails(() => resolveTargets(request, probabilities, checkpoint.config, unembedding), 'target', ...words);
    await fails({ kind: 'tokens', tokens: [3, 40] }, 'Target 40', 'config.json');
    await fails({ kind: 'tokens', tokens: [1.5] }, '1.5');
    await fails({ kind: 'tokens', tokens: [] }, 'no target');
    await fails({ kind: 'tokens', tokens: [3, 3] }, 'twice');
    await fails({ kind: 'difference', plus: 3, minus: -1 }, 'Target -1');
    await fails({ kind: 'vectors', targets: [] }, 'no target');
    const vector = new Float32Array(SMALL.dModel);
    await fails({ kind: 'vectors', targets: [{ label: 'short', weight: 1, vector: vector.subarray(1) }] }, 'short');
    await fails({ kind: 'vectors', targets: [{ label: 'heavy', weight: Number.NaN, vector }] }, 'heavy');
  });
});
