import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { exportTranscoder } from '../../../src/training/export-transcoder.ts';
import { finetuneTranscoder } from '../../../src/training/finetune-transcoder.ts';
import { MlpHarvest, type WeightedSequence } from '../../../src/training/harvest.ts';
import { initialLanguageModel, type LanguageModelSettings } from '../../../src/training/language-model.ts';
import { measureNormalization, normalizedBatch } from '../../../src/training/normalization.ts';
import type { Parameters } from '../../../src/training/parameters.ts';
import { Random } from '../../../src/random.ts';
import { trainTranscoder, type TranscoderTraining } from '../../../src/training/train-transcoder.ts';
import type { TranscoderSettings, TranscoderStepMetrics } from '../../../src/training/transcoder-trainer.ts';

const SHAPE: LanguageModelSettings['shape'] = {
  architecture: 'llama',
  vocabularySize: 20,
  dModel: 8,
  nLayers: 2,
  nHeads: 2,
  nKeyValueHeads: 2,
  headDim: 4,
  dMlp: 16,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  tieEmbeddings: false,
};
const LANGUAGE: LanguageModelSettings = {
  shape: SHAPE,
  seed: 1,
  embeddingScale: 0.5,
  silentAttentionLayers: 0,
  mlpEnergy: 0,
  adam: { beta1: 0.9, beta2: 0.98, weightDecay: 0 },
  muon: { momentum: 0.95, weightDecay: 0, updateScale: 0.2 },
  clip: 1,
};
const SETTINGS: TranscoderSettings = {
  shape: { kind: 'clt', nLayers: 2, dModel: 8, nFeatures: 32 },
  seed: 5,
  active: [6, 5],
  batch: 64,
  beta1: 0.9,
  beta2: 0.99,
  clip: 1,
  deadAfter: 40,
  threads: 1,
};

/** Random sequences; the first position is left out, as in use. */
function pool(index: number): WeightedSequence[] {
  const random = new Random('pool', index);
  return Array.from({ length: 40 }, () => ({
    tokens: Int32Array.from({ length: 6 }, () => random.integer(20)),
    weights: Float32Array.of(0, 1, 1, 1, 1, 1),
  }));
}

describe('transcoder training', () => {
  let folder = '';
  let model: Parameters;
  let harvest: MlpHarvest;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'circuit-transcoder-'));
    model = initialLanguageModel(LANGUAGE);
    harvest = await MlpHarvest.create(SHAPE, model, 1);
  });
  after(async () => {
    await rm(folder, { recursive: true });
  });

  const training = (name: string, steps: number, onStep?: TranscoderTraining['onStep']): TranscoderTraining => ({
    settings: SETTINGS,
    schedule: { steps, warmup: 10, flat: 0.6, floor: 0.1 },
    learningRate: 0.01,
    pool,
    poolSteps: 50,
    resampleEvery: 50,
    resampleUntil: 0.5,
    annealFrom: 2,
    annealSteps: 100,
    stateFile: path.join(folder, `${name}.safetensors`),
    saveEvery: 20,
    ...(onStep === undefined ? {} : { onStep }),
  });

  test('explains most of the variance with the wanted number of features, and exports the same function', async () => {
    const steps: TranscoderStepMetrics[] = [];
    const trained = await trainTranscoder(
      training('whole', 400, (_, metrics) => steps.push(metrics)),
      harvest,
    );
    const last = steps.slice(-20);
    for (let layer = 0; layer < 2; layer++) {
      const mean = (pick: (metrics: TranscoderStepMetrics) => number): number =>
        last.reduce((sum, metrics) => sum + pick(metrics), 0) / last.length;
      assert.ok(mean(metrics => metrics.unexplained[layer]) < 0.25, `layer ${layer} unexplained`);
      const active = mean(metrics => metrics.active[layer]);
      assert.ok(Math.abs(active - SETTINGS.active[layer]) < 1.5, `layer ${layer}: ${active} active`);
    }

    // The exported dictionary, applied to raw inputs in double precision, leaves as much unexplained.
    const activations = await harvest.collect(pool(99));
    const layers = exportTranscoder(SETTINGS.shape, trained);
    const { dModel, nFeatures } = SETTINGS.shape;
    const written = [new Float64Array(activations.count * dModel), new Float64Array(activations.count * dModel)];
    layers.forEach(({ wEnc, bEnc, wDec, bDec, threshold }, layer) => {
      for (let row = 0; row < activations.count; row++) {
        for (let d = 0; d < dModel; d++) written[layer][row * dModel + d] += bDec[d];
        for (let feature = 0; feature < nFeatures; feature++) {
          let pre = bEnc[feature];
          for (let d = 0; d < dModel; d++) {
            pre += wEnc[feature * dModel + d] * activations.inputs[row * 2 * dModel + layer * dModel + d];
          }
          if (pre <= threshold![feature]) continue;
          for (let output = layer; output < 2; output++) {
            for (let d = 0; d < dModel; d++) {
              const at = (feature * (2 - layer) + output - layer) * dModel + d;
              written[output][row * dModel + d] += pre * wDec[at];
            }
          }
        }
      }
    });
    for (let layer = 0; layer < 2; layer++) {
      assert.ok(unexplained(activations.outputs, written[layer], layer, dModel) < 0.3, `exported layer ${layer}`);
    }
  });

  test('gives the same weights when it is resumed', async () => {
    const whole = await trainTranscoder(training('one', 60), harvest);
    // A run that ends at step 40 by the same schedule: it is stopped, and then goes on.
    const controller = new AbortController();
    const stopped = training('two', 60, step => {
      if (step === 40) controller.abort();
    });
    await assert.rejects(trainTranscoder(stopped, harvest, { signal: controller.signal }), /cancelled/);
    const resumed = await trainTranscoder(training('two', 60), harvest);
    for (const [name, { data }] of whole.trainer.parameters) {
      assert.deepEqual(resumed.trainer.parameters.get(name)!.data, data, name);
    }
    assert.deepEqual(resumed.trainer.thresholds, whole.trainer.thresholds);
  });

  test('end-to-end steps lower the divergence of the replacement model', async () => {
    const trained = await trainTranscoder(training('tuned', 100), harvest);
    const divergences: number[] = [];
    await finetuneTranscoder(
      {
        settings: SETTINGS,
        schedule: { steps: 80, warmup: 5, flat: 0.5, floor: 0.1 },
        reconstructionRate: 0.001,
        endToEndRate: 0.005,
        pool,
        poolSteps: 50,
        endToEndEvery: 1,
        batch: step => pool(1000 + step),
        stateFile: path.join(folder, 'finetuned.safetensors'),
        saveEvery: 40,
        onStep: (_, { divergence }) => divergences.push(divergence),
      },
      SHAPE,
      model,
      trained,
      harvest,
    );
    const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
    const [start, end] = [mean(divergences.slice(0, 10)), mean(divergences.slice(-10))];
    assert.ok(start > 0 && end < 0.7 * start, `from ${start} to ${end}`);
  });
});

test('normalization gives mean 0 and mean square 1 to each layer', () => {
  const random = new Random('normalization');
  const rows = Float32Array.from(
    { length: 200 * 6 },
    (_, i) => (i % 6 < 3 ? 2 : -1) + (i % 6 < 3 ? 3 : 0.1) * random.normal(),
  );
  const normalization = measureNormalization(rows, 200, 2);
  const activations = { count: 200, width: 6, inputs: rows, outputs: rows, weights: new Float32Array(200).fill(1) };
  const all = Int32Array.from({ length: 200 }, (_, i) => i);
  const { x } = normalizedBatch(activations, all, normalization, normalization);
  for (const first of [0, 3]) {
    let [sum, square] = [0, 0];
    for (let row = 0; row < 200; row++) {
      for (let i = first; i < first + 3; i++) {
        sum += x[row * 6 + i];
        square += x[row * 6 + i] ** 2;
      }
    }
    assert.ok(Math.abs(sum / 600) < 1e-5);
    assert.ok(Math.abs(square / 600 - 1) < 1e-4);
  }
});

function unexplained(target: Float32Array, y: Float64Array, layer: number, dModel: number): number {
  const count = y.length / dModel;
  const at = (row: number, d: number): number => target[row * 2 * dModel + layer * dModel + d];
  let [error, variance] = [0, 0];
  for (let d = 0; d < dModel; d++) {
    let mean = 0;
    for (let row = 0; row < count; row++) mean += at(row, d) / count;
    for (let row = 0; row < count; row++) {
      error += (at(row, d) - y[row * dModel + d]) ** 2;
      variance += (at(row, d) - mean) ** 2;
    }
  }
  return error / variance;
}
