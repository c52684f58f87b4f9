import { loadTokenizer, type Checkpoint } from '../../src/checkpoint/index.ts';
import { createRandom, sampleSentence } from '../../models/corpus/index.ts';

const SEED = 7;

/** Exactly `nTokens` tokens of corpus sentences, one after the other; any tokens for a model without a tokenizer. */
export async function promptOf(checkpoint: Checkpoint, nTokens: number): Promise<number[]> {
  const tokenizer = await loadTokenizer(checkpoint.dir);
  const { vocabularySize } = checkpoint.config;
  if (tokenizer === undefined) return Array.from({ length: nTokens }, (_, i) => (1 + i * 7919) % vocabularySize);
  const random = createRandom(SEED);
  const sentences: string[] = [];
  for (;;) {
    sentences.push(sampleSentence(random).text);
    const { ids } = tokenizer.encodePrompt(sentences.join(' '));
    if (ids.length >= nTokens) return ids.slice(0, nTokens).map(Number);
  }
}
