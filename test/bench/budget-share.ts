/**
 * The share of the full graph's influence that a budget of features keeps: by the product's rule, by rules with other
 * candidates and waves, by the best choice, and by circuit-tracer where it ran.
 *
 *   npx tsx test/bench/budget-share.ts [--tokens 64] [--budgets 100,400,1000]          the embedded model
 *   npx tsx test/bench/budget-share.ts --model DIR --dictionary WORK/dictionary        after against-circuit-tracer/run.ts,
 *     which leaves the prompt (tokens.json) and what circuit-tracer kept (kept.json) beside the dictionary
 *
 * Traces every active feature first: of SmolLM2-135M with 16 tokens 45,000, about a minute.
 */
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { influenceBounds, spendBudget, type BudgetRule } from '../../src/attribution/budget.ts';
import { PromptTrace } from '../../src/attribution/prompt-trace.ts';
import { loadReplacementModel } from '../../src/attribution/replacement-model.ts';
import { RowStore } from '../../src/attribution/row-store.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS } from '../../src/attribution/targets.ts';
import { openCheckpoint, OpenFiles } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { promptOf } from './prompts.ts';
import { formatTable } from './statistics.ts';

const PACK = path.join(import.meta.dirname, '..', '..', 'models', 'pack');
/** So many whole rows fit into memory; of more, each keeps most of its mass, and the rest still counts in its sum. */
const WHOLE_ROWS = 10_000;
const CUT = [0.995, 12_000] as const;
/** Candidates as a share of the budget, and in how many waves they are traced. */
const RULES = [
  [1, 2],
  [1, 4],
  [1.05, 2],
  [1.1, 1],
  [1.1, 2],
  [1.1, 4],
  [1.25, 4],
  [1.25, 16],
] as const;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: path.join(PACK, 'model') },
    dictionary: { type: 'string', default: path.join(PACK, 'dictionary') },
    tokens: { type: 'string', default: '64' },
    budgets: { type: 'string', default: '100,400,1000' },
  },
});
const checkpoint = await openCheckpoint(values.model);
const model = await loadReplacementModel(checkpoint, await openDictionary(values.dictionary));
const tokens = (besides('tokens.json') as number[] | undefined) ?? (await promptOf(checkpoint, Number(values.tokens)));
/** (layer, position, index) */
const peer = besides('kept.json') as [number, number, number][] | undefined;

const run = await model.run(tokens);
const { logits } = run.pass;
const targets = await resolveTargets(SALIENT_LOGITS, probabilitiesOf(logits), checkpoint.config, model.unembedding);
const files = new OpenFiles();
const trace = await PromptTrace.create(model, run, targets, { files });
const { layers, positions, indices } = run.active;
const nFeatures = layers.length;

const rows = nFeatures > WHOLE_ROWS ? new RowStore(...CUT) : new RowStore();
await trace.effectRows(trace.targetNodes(), (node, row) => {
  rows.set(node, row);
});
const influence = influenceBounds(
  trace,
  rows,
  Uint32Array.from({ length: nFeatures }, (_, i) => i),
);
const total = influence.reduce((sum, value) => sum + value, 0);

const table: string[][] = [];
for (const budget of peer === undefined ? values.budgets.split(',').map(Number) : [peer.length]) {
  const others: string[] = [];
  for (const [candidates, waves] of RULES) {
    const wanted = Math.min(nFeatures, Math.ceil(candidates * budget));
    others.push(await kept(budget, { candidates: wanted, perWave: Math.ceil(wanted / waves) }));
  }
  const best = Uint32Array.from(influence.keys())
    .sort((a, b) => influence[b] - influence[a])
    .subarray(0, budget);
  table.push([String(budget), peer === undefined ? '-' : peerShare(peer), await kept(budget), share(best), ...others]);
}
console.log(`${tokens.length} tokens, ${nFeatures} active features; candidates as a share of the budget x waves\n`);
const rules = RULES.map(([candidates, waves]) => `${candidates} x ${waves}`);
console.log(formatTable(['budget', 'circuit-tracer', 'this engine', 'best', ...rules], table));
await files.close();
await model.dispose();

async function kept(budget: number, rule?: BudgetRule): Promise<string> {
  return share(await spendBudget(trace, new RowStore(), budget, undefined, rule));
}

function share(features: Iterable<number>): string {
  let sum = 0;
  for (const feature of features) sum += influence[feature];
  return (sum / total).toFixed(5);
}

/** What rounding at a threshold leaves inactive here counts as nothing. */
function peerShare(features: readonly (readonly [number, number, number])[]): string {
  const places = new Map(Array.from(layers, (layer, i) => [`${layer},${positions[i]},${indices[i]}`, i]));
  return share(features.flatMap(feature => places.get(feature.join()) ?? []));
}

function besides(name: string): unknown {
  const file = path.join(values.dictionary, name);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}
