import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { createSession, encodeModel, gradient, Graph, tensor } from '../../../src/onnx/index.ts';
import { CircuitError } from '../../../src/errors.ts';
import type { LanguageBatch, LanguageModelSettings } from '../../../src/training/language-model.ts';
import { crossEntropy } from '../../../src/training/loss.ts';
import type { Parameters } from '../../../src/training/parameters.ts';
import { Random } from '../../../src/random.ts';
import { scheduleFactor } from '../../../src/training/schedule.ts';
import { trainLanguageModel, type LanguageTraining } from '../../../src/training/train-language-model.ts';

const SETTINGS: LanguageModelSettings = {
  shape: {
    architecture: 'llama',
    vocabularySize: 12,
    dModel: 16,
    nLayers: 2,
    nHeads: 2,
    nKeyValueHeads: 1,
    headDim: 8,
    dMlp: 24,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    tieEmbeddings: false,
  },
  seed: 3,
  embeddingScale: 0.1,
  silentAttentionLayers: 0,
  mlpEnergy: 0.01,
  adam: { beta1: 0.9, beta2: 0.98, weightDecay: 0.1 },
  muon: { momentum: 0.95, weightDecay: 0.1, updateScale: 0.2 },
  clip: 1,
  threads: 1,
};

/** Sequences a b a b ...: the next token is known from the second on. */
function alternating(step: number): LanguageBatch {
  const random = new Random('alternating', step);
  const sequences = Array.from({ length: 16 }, () => {
    const pair = [1 + random.integer(11), 1 + random.integer(11)];
    return Int32Array.from({ length: 8 }, (_, t) => pair[t % 2]);
  });
  return { sequences, weights: sequences.map(() => Float32Array.from({ length: 8 }, (_, t) => (t < 2 ? 0 : 1))) };
}

describe('language model training', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'circuit-training-'));
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  const training = (name: string, steps: number, onStep?: LanguageTraining['onStep']): LanguageTraining => ({
    settings: SETTINGS,
    schedule: { steps, warmup: 5, flat: 0.5, floor: 0.1 },
    learningRate: 0.01,
    batch: alternating,
    stateFile: path.join(folder, `${name}.safetensors`),
    saveEvery: 10,
    ...(onStep === undefined ? {} : { onStep }),
  });

  test('learns to copy, from near log(vocabulary) to near 0', async () => {
    const losses: number[] = [];
    await trainLanguageModel(training('copy', 120, (_, { language }) => void losses.push(language)));
    assert.ok(Math.abs(losses[0] - Math.log(12)) < 0.5, `first loss ${losses[0]}`);
    assert.ok(losses[119] < 0.1, `last loss ${losses[119]}`);
  });

  test('gives the same weights when it is interrupted and resumed', async () => {
    const whole = await trainLanguageModel(training('whole', 30));
    const controller = new AbortController();
    const stopped = training('resumed', 30, step => {
      if (step === 20) controller.abort();
    });
    await assert.rejects(
      trainLanguageModel(stopped, { signal: controller.signal }),
      (error: unknown) => error instanceof CircuitError && error.code === 'cancelled',
    );
    const steps: number[] = [];
    const resumed = await trainLanguageModel(training('resumed', 30, step => void steps.push(step)));
    assert.deepEqual(steps, [21, 22, 23, 24, 25, 26, 27, 28, 29, 30]);
    assertSameWeights(whole, resumed);
  });

  test('refuses a state of another shape and names the tensor', async () => {
    await trainLanguageModel(training('other', 10));
    const wider = { ...training('other', 20), settings: { ...SETTINGS, shape: { ...SETTINGS.shape, dMlp: 32 } } };
    await assert.rejects(
      trainLanguageModel(wider),
      (error: unknown) =>
        error instanceof CircuitError && error.code === 'model-mismatch' && error.message.includes('mlp.gate_proj'),
    );
  });

  test('frozen parameters stay as they were', async () => {
    const silent = { ...training('frozen', 5), settings: { ...SETTINGS, silentAttentionLayers: 1 } };
    let first: Float32Array | undefined;
    const trained = await trainLanguageModel({
      ...silent,
      onStep: (step, _, parameters) => {
        if (step === 1) first = parameters.get('model.embed_tokens.weight')!.data.slice();
      },
    });
    assert.deepEqual(trained.get('model.embed_tokens.weight')!.data, first);
    assert.ok(trained.get('model.layers.0.self_attn.o_proj.weight')!.data.every(value => value === 0));
    assert.ok(trained.get('model.layers.1.self_attn.o_proj.weight')!.data.some(value => value !== 0));
  });
});

test('cross entropy and its derivative equal softmax arithmetic in double precision', async () => {
  const random = new Random('loss');
  const logits = Float32Array.from({ length: 15 }, () => 3 * random.normal());
  const targets = [4, 0, 2];
  const graph = new Graph();
  const x = graph.input('x', 'float32', [3, 5]);
  const loss = crossEntropy(x, graph.input('t', 'int64', [3]));
  const weights = graph.constant(Float32Array.of(1, 0.5, 2), [3]);
  const [dx] = gradient([{ value: loss, cotangent: weights }], [x]);
  const session = await createSession(encodeModel(graph, { loss, dx }));
  const result = await session.run({ x: tensor(logits, [3, 5]), t: tensor(BigInt64Array.from(targets, BigInt), [3]) });
  [1, 0.5, 2].forEach((weight, row) => {
    const values = Array.from(logits.subarray(row * 5, row * 5 + 5), Number);
    const total = values.reduce((sum, value) => sum + Math.exp(value), 0);
    const expected = Math.log(total) - values[targets[row]];
    assert.ok(Math.abs((result['loss'].data as Float32Array)[row] - expected) < 1e-5);
    values.forEach((value, column) => {
      const derivative = weight * (Math.exp(value) / total - (column === targets[row] ? 1 : 0));
      assert.ok(Math.abs((result['dx'].data as Float32Array)[row * 5 + column] - derivative) < 1e-6);
    });
  });
  await session.dispose();
});

test('the schedule rises, stays and falls to its floor', () => {
  const schedule = { steps: 100, warmup: 10, flat: 0.5, floor: 0.1 };
  assert.equal(scheduleFactor(schedule, 5), 0.5);
  assert.equal(scheduleFactor(schedule, 40), 1);
  assert.ok(Math.abs(scheduleFactor(schedule, 75) - 0.5) < 1e-12);
  assert.equal(scheduleFactor(schedule, 100), 0.1);
});

test('random numbers repeat for the same seed, differ for others, and have the right moments', () => {
  const draw = (...parts: (string | number)[]): number[] => {
    const random = new Random(...parts);
    return Array.from({ length: 5 }, () => random.next());
  };
  assert.deepEqual(draw('a', 1), draw('a', 1));
  assert.notDeepEqual(draw('a', 1), draw('a', 2));
  const random = new Random('moments');
  let mean = 0;
  let square = 0;
  for (let i = 0; i < 50_000; i++) {
    const x = random.normal();
    mean += x / 50_000;
    square += x ** 2 / 50_000;
  }
  assert.ok(Math.abs(mean) < 0.02, `mean ${mean}`);
  assert.ok(Math.abs(square - 1) < 0.03, `variance ${square}`);
});

function assertSameWeights(a: Parameters, b: Parameters): void {
  for (const [name, parameter] of a) assert.deepEqual(b.get(name)!.data, parameter.data, name);
}
