import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { openSafetensors, readFloat32, tensorIn, writeFileAtomically } from '../../src/checkpoint/index.ts';
import type { Task } from '../../src/task.ts';
import { writeLlamaFolder } from '../../src/training/llama-folder.ts';
import { parameterMap, type Parameters } from '../../src/training/parameters.ts';
import { trainLanguageModel, type LanguageTraining } from '../../src/training/train-language-model.ts';
import { BOS_ID, buildTokenizer, buildTokenizerConfig, EOS_ID, PAD_ID } from '../corpus/index.ts';
import { languageBatches } from './batches.ts';
import {
  CONTEXT_LENGTH,
  LANGUAGE_LEARNING_RATE,
  LANGUAGE_MODEL,
  LANGUAGE_SCHEDULE,
  SEED,
  SENTENCES_IN_A_BATCH,
  SHAPE,
} from './settings.ts';

/** Trains the language model, or goes on from `work`, and writes it to `folder` as a Hugging Face checkpoint. */
export async function makeLanguageModel(
  folder: string,
  work: string,
  onStep: NonNullable<LanguageTraining['onStep']>,
  task?: Task,
): Promise<void> {
  await mkdir(work, { recursive: true });
  const parameters = await trainLanguageModel(
    {
      settings: LANGUAGE_MODEL,
      schedule: LANGUAGE_SCHEDULE,
      learningRate: LANGUAGE_LEARNING_RATE,
      batch: languageBatches(SEED, SENTENCES_IN_A_BATCH),
      stateFile: path.join(work, 'language-model.safetensors'),
      saveEvery: 250,
      onStep,
    },
    task,
  );
  await writeLanguageModel(folder, parameters);
}

/** Writes config.json, model.safetensors (16 bits) and the tokenizer. */
export function writeLanguageModel(folder: string, parameters: Parameters): Promise<void> {
  return writeLlamaFolder(folder, parameters, {
    shape: SHAPE,
    context: CONTEXT_LENGTH,
    dtype: 'F16',
    specialTokens: { bosId: BOS_ID, eosId: EOS_ID, padId: PAD_ID },
    writeTokenizer: async to => {
      await writeJson(path.join(to, 'tokenizer.json'), buildTokenizer());
      await writeJson(path.join(to, 'tokenizer_config.json'), buildTokenizerConfig());
    },
  });
}

/** The weights as they were written, rounded to 16 bits: what everything after the language model works with. */
export async function readLanguageModel(folder: string): Promise<Parameters> {
  const file = await openSafetensors(path.join(folder, 'model.safetensors'));
  const parameters = [];
  for (const name of file.entries.keys()) {
    const ref = tensorIn(file, name);
    parameters.push({ name, shape: ref.entry.shape, data: await readFloat32(ref) });
  }
  return parameterMap(parameters);
}

async function writeJson(file: string, value: unknown): Promise<void> {
  await writeFileAtomically(file, [Buffer.from(`${JSON.stringify(value, null, 1)}\n`)]);
}
