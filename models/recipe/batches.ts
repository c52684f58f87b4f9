import { Random } from '../../src/random.ts';
import type { LanguageBatch } from '../../src/training/language-model.ts';
import type { WeightedSequence } from '../../src/training/harvest.ts';
import { encodeSentence, type EncodedSentence } from '../corpus/encode.ts';
import { sampleSentence } from '../corpus/generator.ts';

/** Sentences of similar length share a batch: so many batches are drawn, sorted by length and cut together. */
const BATCHES_IN_A_POOL = 6;

/** Loss weight of a token that is an answer, and of any other. */
const ANSWER_WEIGHT = 1;
const OTHER_WEIGHT = 0.3;

/** The batch of step 1, 2, ...: the same for the same seed, whatever ran before. */
export function languageBatches(seed: number, sentencesInABatch: number): (step: number) => LanguageBatch {
  let poolIndex = -1;
  let pool: EncodedSentence[][] = [];
  return step => {
    const wanted = Math.floor((step - 1) / BATCHES_IN_A_POOL);
    if (wanted !== poolIndex) {
      poolIndex = wanted;
      pool = drawPool(new Random('language-batches', seed, poolIndex), sentencesInABatch);
    }
    return toBatch(pool[(step - 1) % BATCHES_IN_A_POOL]);
  };
}

function drawPool(random: Random, sentencesInABatch: number): EncodedSentence[][] {
  const sentences = Array.from({ length: sentencesInABatch * BATCHES_IN_A_POOL }, () =>
    encodeSentence(sampleSentence(random)),
  );
  sentences.sort((a, b) => a.ids.length - b.ids.length);
  const batches = Array.from({ length: BATCHES_IN_A_POOL }, (_, i) =>
    sentences.slice(i * sentencesInABatch, (i + 1) * sentencesInABatch),
  );
  return random.shuffle(batches);
}

function toBatch(sentences: readonly EncodedSentence[]): LanguageBatch {
  const length = Math.max(...sentences.map(({ ids }) => ids.length));
  const sequences = sentences.map(({ ids }) => {
    const sequence = new Int32Array(length);
    sequence.set(ids);
    return sequence;
  });
  const weights = sentences.map(({ ids, isAnswer }) => {
    const row = new Float32Array(length);
    for (let t = 1; t < ids.length; t++) row[t] = isAnswer[t] ? ANSWER_WEIGHT : OTHER_WEIGHT;
    return row;
  });
  return { sequences, weights };
}

/** Weight of reconstructing a position from which an answer is predicted. */
const ANSWER_POSITION_WEIGHT = 2;

/** Sentences for training a dictionary: all positions but the first, those before an answer weighted up. */
export function dictionaryPool(seed: number, sentences: number): (index: number) => WeightedSequence[] {
  return index => {
    const random = new Random('dictionary-pool', seed, index);
    return Array.from({ length: sentences }, () => {
      const { ids, isAnswer } = encodeSentence(sampleSentence(random));
      const weights = Float32Array.from(ids, (_, t) => (isAnswer[t + 1] ? ANSWER_POSITION_WEIGHT : 1));
      weights[0] = 0;
      return { tokens: Int32Array.from(ids), weights };
    });
  };
}

/** The end-to-end batch of step 1, 2, ...: sentences of similar length, padded with weight 0. */
export function endToEndBatches(seed: number, sentences: number): (step: number) => WeightedSequence[] {
  const draw = dictionaryPool(seed + 1, sentences * BATCHES_IN_A_POOL);
  let poolIndex = -1;
  let pool: WeightedSequence[] = [];
  return step => {
    const wanted = Math.floor((step - 1) / BATCHES_IN_A_POOL);
    if (wanted !== poolIndex) {
      poolIndex = wanted;
      pool = draw(poolIndex).sort((a, b) => a.tokens.length - b.tokens.length);
    }
    const first = ((step - 1) % BATCHES_IN_A_POOL) * sentences;
    const batch = pool.slice(first, first + sentences);
    const length = batch[batch.length - 1].tokens.length;
    return batch.map(({ tokens, weights }) => {
      const padded = { tokens: new Int32Array(length), weights: new Float32Array(length) };
      padded.tokens.set(tokens);
      padded.weights.set(weights);
      return padded;
    });
  };
}
