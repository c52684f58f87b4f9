import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeDictionary } from '../../src/dictionary/index.ts';
import type { Task } from '../../src/task.ts';
import { exportTranscoder } from '../../src/training/export-transcoder.ts';
import { MlpHarvest } from '../../src/training/harvest.ts';
import { trainTranscoder, type TranscoderTraining } from '../../src/training/train-transcoder.ts';
import { dictionaryPool } from './batches.ts';
import { readLanguageModel } from './language-model.ts';
import {
  DICTIONARY,
  DICTIONARY_LEARNING_RATE,
  DICTIONARY_SCHEDULE,
  POOL_SENTENCES,
  POOL_STEPS,
  SEED,
  SHAPE,
} from './settings.ts';

/** Trains the cross-layer transcoder of the language model in `modelFolder` and writes it to `folder`. */
export async function makeDictionary(
  modelFolder: string,
  folder: string,
  work: string,
  onStep: NonNullable<TranscoderTraining['onStep']>,
  task?: Task,
): Promise<void> {
  await mkdir(work, { recursive: true });
  const harvest = await MlpHarvest.create(SHAPE, await readLanguageModel(modelFolder));
  const trained = await trainTranscoder(
    {
      settings: DICTIONARY,
      schedule: DICTIONARY_SCHEDULE,
      learningRate: DICTIONARY_LEARNING_RATE,
      pool: dictionaryPool(SEED, POOL_SENTENCES),
      poolSteps: POOL_STEPS,
      resampleEvery: 250,
      resampleUntil: 0.5,
      annealFrom: 4,
      annealSteps: 1500,
      stateFile: path.join(work, 'dictionary.safetensors'),
      saveEvery: 250,
      onStep,
    },
    harvest,
    task,
  );
  await writeDictionary(
    folder,
    {
      kind: 'clt',
      dModel: SHAPE.dModel,
      modelName: 'circuit-explorer-facts',
      inputHook: 'mlp.hook_in',
      outputHook: 'hook_mlp_out',
      dtype: 'F16',
      layers: exportTranscoder(DICTIONARY.shape, trained),
    },
    task,
  );
}
