import { loadNeuronModel, type NeuronModel } from '../attribution/neuron-model.ts';
import { loadReplacementModel, type ReplacementModel } from '../attribution/replacement-model.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import { openDictionary } from '../dictionary/index.ts';
import type { SessionSettings } from '../onnx/index.ts';
import type { Task } from '../task.ts';

/** A model that prompts can be traced in: with a dictionary, or in the basis of its neurons. */
export type TraceableModel = ReplacementModel | NeuronModel;

/** Without a dictionary's folder: the neuron basis. Errors: those of `openDictionary` and `loadReplacementModel`. */
export async function openTraceable(
  checkpoint: Checkpoint,
  dictionary: string | undefined,
  settings: SessionSettings,
  task?: Task,
): Promise<TraceableModel> {
  if (dictionary === undefined) return loadNeuronModel(checkpoint, settings);
  return loadReplacementModel(checkpoint, await openDictionary(dictionary), settings, task);
}
