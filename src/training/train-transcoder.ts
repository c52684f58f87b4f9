import type { Task } from '../task.ts';
import type { MlpActivations, MlpHarvest, WeightedSequence } from './harvest.ts';
import { measureNormalization, type Normalization } from './normalization.ts';
import { scheduleFactor, type Schedule } from './schedule.ts';
import { loadTrainingState, saveTrainingState, throwIfTrainingCancelled } from './training-state.ts';
import { initialTranscoder } from './transcoder-model.ts';
import { TranscoderTrainer, type TranscoderSettings, type TranscoderStepMetrics } from './transcoder-trainer.ts';

export interface TranscoderTraining {
  readonly settings: TranscoderSettings;
  readonly schedule: Schedule;
  readonly learningRate: number;
  /** Pool of sequences number 0, 1, ...; a new pool is harvested every `poolSteps` steps. */
  readonly pool: (index: number) => readonly WeightedSequence[];
  readonly poolSteps: number;
  /** Dead features are resampled every so many steps, up to that share of the schedule. */
  readonly resampleEvery: number;
  readonly resampleUntil: number;
  /** Active features start at this multiple of the wanted number and fall to it over `annealSteps`. */
  readonly annealFrom: number;
  readonly annealSteps: number;
  readonly stateFile: string;
  readonly saveEvery: number;
  readonly onStep?: (step: number, metrics: TranscoderStepMetrics) => void;
}

/** A trained transcoder in normalized units, with the normalization to fold in on export. */
export interface TrainedTranscoder {
  readonly trainer: TranscoderTrainer;
  readonly normalization: { readonly inputs: Normalization; readonly outputs: Normalization };
}

/** Trains a transcoder on what `harvest` collects, or goes on from the saved state. */
export async function trainTranscoder(
  training: TranscoderTraining,
  harvest: MlpHarvest,
  task?: Task,
): Promise<TrainedTranscoder> {
  const { settings, schedule } = training;
  const { nLayers } = settings.shape;
  let poolIndex = 0;
  let activations = await harvest.collect(training.pool(0));
  const normalization = normalizationOf(activations, nLayers);
  const parameters = initialTranscoder(settings.shape, settings.seed);
  const trainer = await TranscoderTrainer.create(settings, parameters);
  const stored = trainer.tensors();
  const first = (await loadTrainingState(training.stateFile, stored)) + 1;
  trainer.restore(stored);
  for (let step = first; step <= schedule.steps; step++) {
    throwIfTrainingCancelled(task, training.stateFile);
    const wantedPool = Math.floor((step - 1) / training.poolSteps);
    if (wantedPool !== poolIndex) {
      poolIndex = wantedPool;
      activations = await harvest.collect(training.pool(poolIndex));
    }
    const sparsity = 1 + (training.annealFrom - 1) * Math.max(0, 1 - step / training.annealSteps);
    const learningRate = training.learningRate * scheduleFactor(schedule, step);
    const metrics = await trainer.run(activations, normalization, step, learningRate, sparsity);
    training.onStep?.(step, metrics);
    task?.progress?.('training the dictionary', step, schedule.steps);
    if (step % training.resampleEvery === 0 && step <= training.resampleUntil * schedule.steps) {
      trainer.resample(activations, normalization, step);
    }
    if (step % training.saveEvery === 0 || step === schedule.steps) {
      await saveTrainingState(training.stateFile, step, trainer.tensors());
    }
  }
  return { trainer, normalization };
}

function normalizationOf(activations: MlpActivations, nLayers: number): TrainedTranscoder['normalization'] {
  return {
    inputs: measureNormalization(activations.inputs, activations.count, nLayers),
    outputs: measureNormalization(activations.outputs, activations.count, nLayers),
  };
}
