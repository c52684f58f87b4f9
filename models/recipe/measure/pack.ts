import path from 'node:path';
import { BatchEncoder } from '../../../src/attribution/activation-source.ts';
import { loadReplacementModel, type ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { openCheckpoint, type Checkpoint } from '../../../src/checkpoint/index.ts';
import { openDictionary, type Dictionary } from '../../../src/dictionary/index.ts';
import { createIntervention, type Intervention } from '../../../src/intervention/index.ts';

/** Everything that measuring a pack needs, opened as any published model is. */
export interface OpenPack {
  readonly checkpoint: Checkpoint;
  readonly dictionary: Dictionary;
  readonly encoder: BatchEncoder;
  readonly intervention: Intervention;
  readonly replacement: ReplacementModel;
}

/** The committed pack. */
export const PACK_FOLDER = path.join(import.meta.dirname, '..', '..', 'pack');

export async function openPack(folder: string): Promise<OpenPack> {
  const checkpoint = await openCheckpoint(path.join(folder, 'model'));
  const dictionary = await openDictionary(path.join(folder, 'dictionary'));
  return {
    checkpoint,
    dictionary,
    encoder: await BatchEncoder.create(checkpoint, dictionary),
    intervention: createIntervention(checkpoint, dictionary),
    replacement: await loadReplacementModel(checkpoint, dictionary),
  };
}
