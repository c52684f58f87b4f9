import type { Task } from '../task.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import type { MlpHarvest, WeightedSequence } from './harvest.ts';
import type { Parameter, Parameters } from './parameters.ts';
import { scheduleFactor, type Schedule } from './schedule.ts';
import type { TrainedTranscoder } from './train-transcoder.ts';
import { loadTrainingState, saveTrainingState, throwIfTrainingCancelled } from './training-state.ts';
import { TranscoderFinetune } from './transcoder-finetune.ts';
import type { TranscoderSettings, TranscoderStepMetrics } from './transcoder-trainer.ts';

export interface TranscoderFinetuning {
  readonly settings: TranscoderSettings;
  readonly schedule: Schedule;
  /** Peak learning rates of the reconstruction step and of the end-to-end step. */
  readonly reconstructionRate: number;
  readonly endToEndRate: number;
  /** Pool of sequences number 0, 1, ... for reconstruction, and the steps that each is used for. */
  readonly pool: (index: number) => readonly WeightedSequence[];
  readonly poolSteps: number;
  /** An end-to-end step follows every so many reconstruction steps. */
  readonly endToEndEvery: number;
  /** The end-to-end batch of step 1, 2, ...: sequences padded to one length. */
  readonly batch: (step: number) => readonly WeightedSequence[];
  readonly stateFile: string;
  readonly saveEvery: number;
  readonly onStep?: (
    step: number,
    metrics: TranscoderStepMetrics & { /** Of the last end-to-end step. */ readonly divergence: number },
  ) => void;
}

/**
 * Goes on with a trained transcoder, steps of reconstruction and end-to-end steps in turn, so that it both stays
 * faithful to the MLPs and keeps the replacement model's predictions. Changes `trained` in place; resumes.
 */
export async function finetuneTranscoder(
  finetuning: TranscoderFinetuning,
  shape: TransformerShape,
  languageModel: Parameters,
  { trainer, normalization }: TrainedTranscoder,
  harvest: MlpHarvest,
  task?: Task,
): Promise<void> {
  const { settings, schedule } = finetuning;
  const endToEnd = await TranscoderFinetune.create(shape, languageModel, settings, trainer.parameters, normalization);
  const everything = (): Parameter[] => [
    ...trainer.tensors(),
    ...endToEnd.state.map(parameter => renamed(parameter, `end_to_end.${parameter.name}`)),
  ];
  const stored = everything();
  const first = (await loadTrainingState(finetuning.stateFile, stored)) + 1;
  if (first > 1) {
    trainer.restore(stored);
    for (const part of endToEnd.state) {
      part.data = stored.find(({ name }) => name === `end_to_end.${part.name}`)!.data;
    }
  }
  let poolIndex = -1;
  let divergence = NaN;
  let activations = await harvest.collect([]);
  for (let step = first; step <= schedule.steps; step++) {
    throwIfTrainingCancelled(task, finetuning.stateFile);
    const wantedPool = Math.floor((step - 1) / finetuning.poolSteps);
    if (wantedPool !== poolIndex) {
      poolIndex = wantedPool;
      activations = await harvest.collect(finetuning.pool(poolIndex));
    }
    const factor = scheduleFactor(schedule, step);
    // The averages of the reconstruction's optimizer are those of a long run: no correction for a start.
    const metrics = await trainer.run(
      activations,
      normalization,
      LONG_RUN + step,
      finetuning.reconstructionRate * factor,
      1,
    );
    if (step % finetuning.endToEndEvery === 0) {
      const number = step / finetuning.endToEndEvery;
      const rate = finetuning.endToEndRate * factor;
      divergence = await endToEnd.run(finetuning.batch(number), trainer.thresholds, number, rate);
    }
    finetuning.onStep?.(step, { ...metrics, divergence });
    task?.progress?.('fine-tuning the dictionary', step, schedule.steps);
    if (step % finetuning.saveEvery === 0 || step === schedule.steps) {
      await saveTrainingState(finetuning.stateFile, step, everything());
    }
  }
}

/** More steps than AdamW's averages remember. */
const LONG_RUN = 1_000_000;

function renamed(parameter: Parameter, name: string): Parameter {
  return { name, shape: parameter.shape, data: parameter.data };
}
