import type { WeightedSequence } from '../../training/harvest.ts';
import type { LanguageBatch } from '../../training/language-model.ts';
import { Random } from '../../random.ts';

/** Batches that are drawn together and sorted by length, so that little is padded. */
const BATCHES_IN_A_POOL = 8;

/** The batch of step 1, 2, ...: a function of the step alone. Every token but the first weighs the same. */
export function languageBatches(
  corpus: readonly Int32Array[],
  batch: number,
  seed: number,
): (step: number) => LanguageBatch {
  let poolIndex = -1;
  let pool: Int32Array[][] = [];
  return step => {
    const wanted = Math.floor((step - 1) / BATCHES_IN_A_POOL);
    if (wanted !== poolIndex) {
      poolIndex = wanted;
      const random = new Random('corpus-batches', seed, poolIndex);
      const drawn = Array.from({ length: batch * BATCHES_IN_A_POOL }, () => corpus[random.integer(corpus.length)]);
      drawn.sort((a, b) => a.length - b.length);
      pool = random.shuffle(
        Array.from({ length: BATCHES_IN_A_POOL }, (_, i) => drawn.slice(i * batch, (i + 1) * batch)),
      );
    }
    return padded(pool[(step - 1) % BATCHES_IN_A_POOL]);
  };
}

function padded(sequences: readonly Int32Array[]): LanguageBatch {
  const length = Math.max(...sequences.map(sequence => sequence.length));
  return {
    sequences: sequences.map(sequence => {
      const row = new Int32Array(length);
      row.set(sequence);
      return row;
    }),
    weights: sequences.map(sequence => new Float32Array(length).fill(1, 1, sequence.length)),
  };
}

/** Pool of sequences number 0, 1, ... with about `tokens` tokens; position 0 is left out, as in every trace. */
export function dictionaryPools(
  corpus: readonly Int32Array[],
  tokens: number,
  seed: number,
): (index: number) => WeightedSequence[] {
  return index => {
    const random = new Random('corpus-pool', seed, index);
    const pool: WeightedSequence[] = [];
    for (let count = 0; count < tokens;) {
      const sequence = corpus[random.integer(corpus.length)];
      pool.push({ tokens: sequence, weights: new Float32Array(sequence.length).fill(1, 1) });
      count += sequence.length - 1;
    }
    return pool;
  };
}
