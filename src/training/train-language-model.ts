import type { Task } from '../task.ts';
import {
  initialLanguageModel,
  languageFeeds,
  languageModelStep,
  type LanguageBatch,
  type LanguageModelSettings,
} from './language-model.ts';
import type { Parameters } from './parameters.ts';
import { scheduleFactor, type Schedule } from './schedule.ts';
import { loadTrainingState, saveTrainingState, throwIfTrainingCancelled } from './training-state.ts';

export interface LanguageTraining {
  readonly settings: LanguageModelSettings;
  readonly schedule: Schedule;
  readonly learningRate: number;
  /** The batch of step 1, 2, ...: a function of the step alone, so that a resumed run sees what a whole one would. */
  readonly batch: (step: number) => LanguageBatch;
  /** File of the state that training resumes from. */
  readonly stateFile: string;
  readonly saveEvery: number;
  /** Called after each step with its metrics. */
  readonly onStep?: (step: number, metrics: LanguageMetrics, parameters: Parameters) => void | Promise<void>;
}

export interface LanguageMetrics {
  /** Weighted cross entropy in nats, and the mean squared MLP output summed over layers. */
  readonly language: number;
  readonly energy: number;
  readonly gradientNorm: number;
  readonly learningRate: number;
}

/** Trains a language model to the end of its schedule, or goes on from the saved state. */
export async function trainLanguageModel(training: LanguageTraining, task?: Task): Promise<Parameters> {
  const { settings, schedule } = training;
  const parameters = initialLanguageModel(settings);
  const model = await languageModelStep(parameters, settings);
  const everything = [...parameters.values(), ...model.state];
  const first = (await loadTrainingState(training.stateFile, everything)) + 1;
  for (let step = first; step <= schedule.steps; step++) {
    throwIfTrainingCancelled(task, training.stateFile);
    const learningRate = training.learningRate * scheduleFactor(schedule, step);
    const metrics = await model.run(languageFeeds(settings.shape, training.batch(step)), step, learningRate);
    await training.onStep?.(
      step,
      {
        language: metrics['language'][0],
        energy: metrics['energy'][0],
        gradientNorm: metrics['gradient_norm'][0],
        learningRate,
      },
      parameters,
    );
    task?.progress?.('training the language model', step, schedule.steps);
    if (step % training.saveEvery === 0 || step === schedule.steps) {
      await saveTrainingState(training.stateFile, step, everything);
    }
  }
  return parameters;
}
