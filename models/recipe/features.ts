import path from 'node:path';
import { BatchEncoder } from '../../src/attribution/activation-source.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { decoderLogits } from '../../src/features/decoder-logits.ts';
import { buildFeatureIndex, type IndexSummary } from '../../src/features/index.ts';
import type { Task } from '../../src/task.ts';
import { Random } from '../../src/random.ts';
import { BOS_ID, encodeSentence, sampleSentence, vocabularyOf } from '../corpus/index.ts';
import { INDEX_SENTENCES, SEED } from './settings.ts';

const PROMOTED_TOKENS = 10;
const EXAMPLES_PER_GROUP = 3;
const SAVE_EVERY_BATCHES = 200;

/** Builds the feature index of the pack (examples, histograms, promoted tokens, labels) into the dictionary's folder. */
export async function makeFeatures(
  modelFolder: string,
  dictionaryFolder: string,
  work: string,
  task?: Task,
): Promise<IndexSummary> {
  const checkpoint = await openCheckpoint(modelFolder);
  const dictionary = await openDictionary(dictionaryFolder);
  const tokenizer = await checkpoint.tokenizer();
  if (tokenizer === undefined) throw new Error(`${modelFolder} has no tokenizer`);
  const source = await BatchEncoder.create(checkpoint, dictionary);
  const promoted = await decoderLogits(checkpoint, dictionary, PROMOTED_TOKENS, {}, task);
  const identity = `${await checkpoint.identity()} ${await dictionary.identity()} ${INDEX_SENTENCES}`;
  const summary = await buildFeatureIndex(
    {
      source,
      corpus: corpus(),
      corpusSize: INDEX_SENTENCES,
      tokenText: token => tokenizer.tokenText(token),
      promotedTokens: (layer, feature) => promoted[layer][feature],
      alone: { bos: BOS_ID, vocabularySize: vocabularyOf().size },
      transcoderId: layer => `circuit-explorer-facts-${layer}`,
      folder: path.join(dictionaryFolder, 'features'),
      // The whole pack has to stay within 20 MB.
      settings: { examplesPerGroup: EXAMPLES_PER_GROUP },
      resume: { path: path.join(work, 'features.state'), identity, everyBatches: SAVE_EVERY_BATCHES },
    },
    task,
  );
  await source.dispose();
  return summary;
}

/** Training sentences of another stream than the ones that the models were trained on. */
async function* corpus(): AsyncIterable<Int32Array> {
  const random = new Random('feature-corpus', SEED);
  for (let i = 0; i < INDEX_SENTENCES; i++) {
    yield await Promise.resolve(Int32Array.from(encodeSentence(sampleSentence(random)).ids));
  }
}
