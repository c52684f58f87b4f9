/**
 * The share of the full graph's influence that a budget of features keeps: this engine's choice, circuit-tracer's, and the
 * best one, on the dictionary that run.ts has left with what circuit-tracer kept (kept.json).
 *
 *   npx tsx test/bench/against-circuit-tracer/kept-share.ts --model DIR --dictionary WORK/dictionary
 *
 * Traces every active feature first: for SmolLM2-135M with 16 tokens, 45,000 of them, about a minute.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { influenceBounds, spendBudget } from '../../../src/attribution/budget.ts';
import { PromptTrace } from '../../../src/attribution/prompt-trace.ts';
import { loadReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { RowStore } from '../../../src/attribution/row-store.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS } from '../../../src/attribution/targets.ts';
import { openCheckpoint, OpenFiles } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { formatTable } from '../statistics.ts';

/** Of each row in the full graph: 45,000 whole ones would need 8 GB. What is cut off still counts in the rows' sums. */
const KEPT_MASS = 0.995;
const MOST_ENTRIES = 12_000;

const { values } = parseArgs({ options: { model: { type: 'string' }, dictionary: { type: 'string' } } });
if (values.model === undefined || values.dictionary === undefined)
  throw new TypeError('--model and --dictionary are needed');
const read = (name: string): unknown => JSON.parse(readFileSync(path.join(values.dictionary!, name), 'utf8'));
const tokens = read('tokens.json') as number[];
/** (layer, position, index) */
const keptByPeer = read('kept.json') as [number, number, number][];

const checkpoint = await openCheckpoint(values.model);
const model = await loadReplacementModel(checkpoint, await openDictionary(values.dictionary), { threads: 2 });
const run = await model.run(tokens);
const { logits } = run.pass;
const targets = await resolveTargets(SALIENT_LOGITS, probabilitiesOf(logits), checkpoint.config, model.unembedding);
const trace = await PromptTrace.create(model, run, targets, { files: new OpenFiles() });
const { layers, positions, indices } = run.active;
const nFeatures = layers.length;

const rows = new RowStore(KEPT_MASS, MOST_ENTRIES);
await trace.effectRows(trace.targetNodes(), (node, row) => {
  rows.set(node, row);
});
const influence = influenceBounds(
  trace,
  rows,
  Uint32Array.from({ length: nFeatures }, (_, i) => i),
);
const total = influence.reduce((sum, value) => sum + value, 0);
const share = (features: Iterable<number>): string => {
  let kept = 0;
  for (const feature of features) kept += influence[feature];
  return (kept / total).toFixed(5);
};

const places = new Map(Array.from(layers, (layer, i) => [`${layer},${positions[i]},${indices[i]}`, i]));
const peer = keptByPeer.map(feature => places.get(feature.join()));
const known = peer.filter(place => place !== undefined);
const budget = keptByPeer.length;
const ours = await spendBudget(trace, new RowStore(), budget);
const best = Uint32Array.from(influence.keys())
  .sort((a, b) => influence[b] - influence[a])
  .subarray(0, budget);
console.log(
  formatTable(
    ['tokens', 'active', 'budget', 'circuit-tracer', 'this engine', 'best'],
    [[tokens.length, nFeatures, budget, share(known), share(ours), share(best)].map(String)],
  ),
);
console.log(
  `${budget - known.length} of the features that circuit-tracer kept are not active here (rounding at a threshold).`,
);
await model.dispose();
