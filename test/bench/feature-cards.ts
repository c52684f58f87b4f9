/**
 * How long the engine takes for a feature's card, for the weights of the tokens that it promotes, and for the summaries
 * of a graph's features; warm, over its process' channel.
 *
 *   npx tsx test/bench/feature-cards.ts [--model DIR --dictionary DIR]
 */
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { EngineClient } from '../../extension/engine/engine-client.ts';
import { describeModel, featureCards, featureSummaries } from '../../src/engine/protocol.ts';
import { program } from '../support/cli.ts';

const CARDS = 100;
const SUMMARIES = 400;

const { values } = parseArgs({ options: { model: { type: 'string' }, dictionary: { type: 'string' } } });
const choice = {
  ...(values.model === undefined ? {} : { model: values.model }),
  ...(values.dictionary === undefined ? {} : { dictionary: values.dictionary }),
};
const quiet = { info: () => undefined, warn: () => undefined };
const client = new EngineClient({
  entry: join(dirname(await program()), 'engine.js'),
  log: quiet,
  idleMinutes: () => 0,
});
const start = performance.now();
const { layers, dictionary } = await client.request(describeModel, choice);
console.log(`model opened        ${(performance.now() - start).toFixed(0)} ms`);
const perLayer = Math.floor((dictionary?.features ?? 0) / layers);
const features = Array.from(
  { length: SUMMARIES },
  (_, i) => [i % layers, Math.floor((i * perLayer) / SUMMARIES)] as const,
);
for (const [name, logits] of [
  ['card', undefined],
  ['card with weights', 'always'],
] as const) {
  const times: number[] = [];
  for (const feature of features.slice(0, CARDS)) {
    const before = performance.now();
    const wanted = logits === undefined ? {} : { logits };
    await client.request(featureCards, { ...choice, features: [feature], ...wanted });
    times.push(performance.now() - before);
  }
  const sorted = times.slice(1).sort((a, b) => a - b);
  console.log(
    `${name.padEnd(20)}first ${times[0].toFixed(1)} ms, then median ${sorted[sorted.length >> 1].toFixed(1)} ms, 95 % ${sorted[Math.floor(0.95 * sorted.length)].toFixed(1)} ms`,
  );
}
const before = performance.now();
const summaries = await client.request(featureSummaries, { ...choice, features });
console.log(`${summaries.length} summaries       ${(performance.now() - before).toFixed(0)} ms`);
client.dispose();
