import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { probabilitiesOf } from '../../src/attribution/targets.ts';
import type { Checkpoint, Tokenizer } from '../../src/checkpoint/index.ts';
import { NextTokenModel } from '../../src/trace/next-token.ts';

const FIXTURES = join(import.meta.dirname, '../../test/fixtures/real-model');
/** Absolute: logits are around 10. */
const TOLERANCE = 1e-3;

/** What was compared, in words, and whether it holds. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
  readonly seen: string;
}

/** What transformers (float32) said of a prompt. */
interface Expected {
  readonly prompt: string;
  readonly tokens: readonly number[];
  readonly top: readonly (readonly [number, string, number])[];
  readonly logits_first_64: readonly number[];
  readonly logit_mean: number;
  readonly logit_std: number;
}

/** Tokens and logits of each prompt against transformers'. */
export async function checkPrompts(checkpoint: Checkpoint, tokenizer: Tokenizer): Promise<Check[]> {
  const expected = JSON.parse(await readFile(join(FIXTURES, 'expected.json'), 'utf8')) as Expected[];
  const model = await NextTokenModel.create(checkpoint, {});
  const checks: Check[] = [];
  for (const { prompt, tokens, top, ...statistics } of expected) {
    const { ids } = tokenizer.encodePrompt(prompt);
    const label = JSON.stringify(prompt);
    checks.push({ what: `tokens of ${label}`, holds: String(ids) === String(tokens), seen: `${ids.length} tokens` });
    const logits = await model.logits([tokens]);
    const mean = logits.reduce((sum, value) => sum + value, 0) / logits.length;
    const variance = logits.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (logits.length - 1);
    const probabilities = probabilitiesOf(logits);
    const differences = [
      ...statistics.logits_first_64.map((value, i) => logits[i] - value),
      ...top.map(([id, , probability]) => probabilities[id] - probability),
      mean - statistics.logit_mean,
      Math.sqrt(variance) - statistics.logit_std,
    ].map(Math.abs);
    const worst = Math.max(...differences);
    const best = probabilities.indexOf(Math.max(...probabilities));
    const text = `${JSON.stringify(tokenizer.tokenText(best))} ${probabilities[best].toFixed(4)}`;
    checks.push({
      what: `logits of ${label}`,
      holds: worst < TOLERANCE && best === top[0][0],
      seen: `off by ${worst.toExponential(1)}; ${text}`,
    });
  }
  await model.dispose();
  return checks;
}

/** Ids and UTF-16 offsets of 1,000 strings against the Rust library's. */
export async function checkStrings(tokenizer: Tokenizer): Promise<Check[]> {
  const lines = gunzipSync(await readFile(join(FIXTURES, 'strings.jsonl.gz')))
    .toString('utf8')
    .trim()
    .split('\n');
  let sameIds = 0;
  let sameOffsets = 0;
  let roundTrips = 0;
  for (const line of lines) {
    const [text, ids, offsets] = JSON.parse(line) as [string, number[], number[]];
    const encoded = tokenizer.encode(text);
    if (String(encoded.ids) === String(ids)) sameIds++;
    if (String(encoded.tokens.flatMap(({ start, end }) => [start, end])) === String(offsets)) sameOffsets++;
    if (tokenizer.decode(encoded.ids) === text) roundTrips++;
  }
  const all = (count: number, what: string): Check => ({
    what: `${what} of ${lines.length} strings`,
    holds: count === lines.length && lines.length === 1000,
    seen: `${count} are equal`,
  });
  return [all(sameIds, 'ids'), all(sameOffsets, 'offsets'), all(roundTrips, 'decoded text')];
}
