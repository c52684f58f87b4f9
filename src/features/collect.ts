import { rm } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { otherPass, restoreState, saveState } from './checkpoint-file.ts';
import { Collector } from './collector.ts';
import { prefixKeys } from './content-hash.ts';
import type { IndexSettings } from './settings.ts';
import type { ActivationSource } from './source.ts';

export interface Resumable {
  readonly path: string;
  /** Names model, dictionary and corpus, so that a saved pass is not continued with others. */
  readonly identity: string;
  /** Batches between two saves. */
  readonly everyBatches: number;
}

/**
 * The pass over the corpus: every sequence once through the source, in batches. With `resume` it goes on where a pass of
 * the same identity was saved; the sequences that were seen then are read again, not run, and must be the same.
 * Errors: `cancelled` (after saving, with `resume`), `model-mismatch`, `file-damaged`, `prompt` for an empty corpus.
 */
export async function collectActivations(
  source: ActivationSource,
  corpus: AsyncIterable<Int32Array>,
  settings: IndexSettings,
  options: { readonly resume?: Resumable; readonly corpusSize?: number } = {},
  task?: Task,
): Promise<Collector> {
  const { resume } = options;
  const collector = new Collector(source, settings);
  const corpusHash = new Float64Array(1);
  const state = { ...collector.state(), corpusHash };
  const identity = JSON.stringify([resume?.identity, settings, source.firstPosition]);
  if (resume !== undefined) await restoreState(resume.path, identity, state);
  const save = async (): Promise<void> => {
    if (resume !== undefined) await saveState(resume.path, identity, state);
  };

  const skip = collector.sequences;
  let skipped = 0;
  let skippedHash = 0;
  let batches = 0;
  let savedAt = skip;
  let batch: Int32Array[] = [];
  const run = async (): Promise<void> => {
    if (task?.signal?.aborted === true) {
      if (savedAt < collector.sequences) await save();
      throw cancelled(resume);
    }
    const activations = await source.encode(batch);
    batch.forEach((tokens, i) => {
      collector.add(tokens, activations[i]);
      corpusHash[0] = chained(corpusHash[0], tokens);
    });
    batch = [];
    if (++batches % (resume?.everyBatches ?? Infinity) === 0) {
      await save();
      savedAt = collector.sequences;
    }
    task?.progress?.('corpus', collector.sequences, options.corpusSize);
  };
  for await (const tokens of corpus) {
    if (skipped < skip) {
      skippedHash = chained(skippedHash, tokens);
      if (++skipped === skip && skippedHash !== corpusHash[0]) throw otherPass(resume!.path);
      continue;
    }
    batch.push(tokens);
    if (batch.length < settings.batchSequences) continue;
    await run();
  }
  if (skipped < skip) throw otherPass(resume!.path);
  if (batch.length > 0) await run();
  if (collector.tokens === 0) {
    throw new CircuitError('prompt', 'The corpus holds no tokens to index.', 'Give a corpus with texts in it.');
  }
  return collector;
}

/** Takes the saved pass away, once the index stands. */
export async function forgetSaved(resume: Resumable | undefined): Promise<void> {
  if (resume !== undefined) await rm(resume.path, { force: true });
}

function chained(hash: number, tokens: Int32Array): number {
  const key = tokens.length === 0 ? 0 : prefixKeys(tokens)[tokens.length - 1];
  return (hash * 31 + (key % 2 ** 47)) % (2 ** 47 - 115);
}

function cancelled(resume: Resumable | undefined): CircuitError {
  return new CircuitError(
    'cancelled',
    'The pass over the corpus was cancelled.',
    resume === undefined ? 'No result was written; start it again when you like.' : `It goes on from ${resume.path}.`,
  );
}
