import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CircuitError } from '../../../src/errors.ts';
import { createIntervention, generate, patch, type GenerationOptions } from '../../../src/intervention/index.ts';
import { indexOfLargest, sampleToken } from '../../../src/intervention/sample.ts';
import { seededRandom } from '../../../src/random.ts';
import { PlainModel } from './plain-model.ts';
import { plainFreeEdits } from './plain-runs.ts';

const PROMPT = [0, 5, 11, 3];
const edits = [patch({ layer: 0, feature: 9, position: { from: 2 } }, 4)];

async function generated(options: Partial<GenerationOptions>) {
  const { checkpoint, dictionary } = await PlainModel.open('llama3untied-clt-jumprelu');
  const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
  const result = await generate(intervention, PROMPT, { maxTokens: 6, contextLength: 64, edits, ...options });
  await intervention.dispose();
  return result;
}

describe('generation', () => {
  test('greedy tokens are those of plain float64 loops, edits going on', async () => {
    const plain = await PlainModel.open('llama3untied-clt-jumprelu');
    const text = [...PROMPT];
    const probabilities: number[] = [];
    for (let i = 0; i < 6; i++) {
      const logits = plainFreeEdits(plain, text, edits).at(-1)!;
      const token = logits.indexOf(Math.max(...logits));
      probabilities.push(1 / logits.reduce((total, logit) => total + Math.exp(logit - logits[token]), 0));
      text.push(token);
    }
    const result = await generated({});
    assert.deepEqual(result.tokens, text.slice(PROMPT.length));
    assert.equal(result.ended, 'max-tokens');
    result.probabilities.forEach((probability, i) => assert.ok(Math.abs(probability - probabilities[i]) < 1e-4));
    assert.notDeepEqual((await generated({ edits: [] })).tokens, result.tokens);
  });
  test('a seed repeats, another differs', async () => {
    const options = { temperature: 3, maxTokens: 12 };
    const first = await generated({ ...options, seed: 1 });
    assert.deepEqual(await generated({ ...options, seed: 1 }), first);
    assert.notDeepEqual((await generated({ ...options, seed: 2 })).tokens, first.tokens);
  });
  test('ends before a stop token and at the end of the context', async () => {
    const { tokens } = await generated({});
    const stopped = await generated({ stopTokens: [tokens[2]] });
    assert.deepEqual(stopped.tokens, tokens.slice(0, tokens.indexOf(tokens[2])));
    assert.equal(stopped.ended, 'stop-token');
    const cut = await generated({ contextLength: 6 });
    assert.deepEqual(cut.tokens, tokens.slice(0, 2));
    assert.equal(cut.ended, 'context');
  });
  test('a negative temperature is refused', async () => {
    await assert.rejects(generated({ temperature: -1 }), CircuitError);
  });
});

test('tokens are drawn as often as their probabilities say', () => {
  const logits = Float32Array.of(1, -2, 0.5, -Infinity, 2);
  const random = seededRandom(7);
  const counts = new Float64Array(logits.length);
  const DRAWS = 40_000;
  for (let i = 0; i < DRAWS; i++) counts[sampleToken(logits, 2, random).token]++;
  const weights = Array.from(logits, logit => Math.exp(logit / 2));
  const total = weights.reduce((a, b) => a + b);
  // Four standard deviations of a share of one half.
  counts.forEach((count, token) => assert.ok(Math.abs(count / DRAWS - weights[token] / total) < 0.01));
  assert.equal(counts[3], 0);
  assert.equal(sampleToken(logits, 0, random).token, 4);
  assert.equal(indexOfLargest([1, 3, 3]), 1);
});
