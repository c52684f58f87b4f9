import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { writeDictionary } from '../../src/dictionary/index.ts';
import type { Task } from '../../src/task.ts';
import { exportTranscoder } from '../../src/training/export-transcoder.ts';
import { MlpHarvest } from '../../src/training/harvest.ts';
import { finetuneTranscoder, type TranscoderFinetuning } from '../../src/training/finetune-transcoder.ts';
import { trainTranscoder, type TranscoderTraining } from '../../src/training/train-transcoder.ts';
import { dictionaryPool, endToEndBatches } from './batches.ts';
import { readLanguageModel } from './language-model.ts';
import {
  DICTIONARY,
  DICTIONARY_LEARNING_RATE,
  DICTIONARY_SCHEDULE,
  END_TO_END_EVERY,
  END_TO_END_RATE,
  END_TO_END_SENTENCES,
  FINETUNE_ACTIVE,
  FINETUNE_POOL_STEPS,
  FINETUNE_SCHEDULE,
  POOL_SENTENCES,
  POOL_STEPS,
  RECONSTRUCTION_RATE,
  SEED,
  SHAPE,
} from './settings.ts';

/** Called after each step of either stage. */
export interface DictionaryReport {
  readonly training: NonNullable<TranscoderTraining['onStep']>;
  readonly finetuning: NonNullable<TranscoderFinetuning['onStep']>;
}

/** Trains the cross-layer transcoder of the language model in `modelFolder` and writes it to `folder`. */
export async function makeDictionary(
  modelFolder: string,
  folder: string,
  work: string,
  report: DictionaryReport,
  task?: Task,
): Promise<void> {
  await mkdir(work, { recursive: true });
  const languageModel = await readLanguageModel(modelFolder);
  const harvest = await MlpHarvest.create(SHAPE, languageModel);
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
      annealSteps: 1000,
      stateFile: path.join(work, 'dictionary.safetensors'),
      saveEvery: 250,
      onStep: report.training,
    },
    harvest,
    task,
  );
  trained.trainer.aim(FINETUNE_ACTIVE);
  const finetuning: TranscoderFinetuning = {
    settings: DICTIONARY,
    schedule: FINETUNE_SCHEDULE,
    reconstructionRate: RECONSTRUCTION_RATE,
    endToEndRate: END_TO_END_RATE,
    pool: dictionaryPool(SEED + 1, POOL_SENTENCES),
    poolSteps: FINETUNE_POOL_STEPS,
    endToEndEvery: END_TO_END_EVERY,
    batch: endToEndBatches(SEED, END_TO_END_SENTENCES),
    stateFile: path.join(work, 'dictionary-finetuned.safetensors'),
    saveEvery: 200,
    onStep: report.finetuning,
  };
  await finetuneTranscoder(finetuning, SHAPE, languageModel, trained, harvest, task);
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
