/** A feature budget against circuit-tracer's greedy queue (the `limited` graphs) and the best choice. */
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { attribute } from '../../src/attribution/attribute.ts';
import { spendBudget } from '../../src/attribution/budget.ts';
import { PromptTrace } from '../../src/attribution/prompt-trace.ts';
import type { ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { RowStore } from '../../src/attribution/row-store.ts';
import { toDense } from '../../src/attribution/sparse-matrix.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS } from '../../src/attribution/targets.ts';
import { referenceGraph, type ReferenceGraph } from '../support/reference-graph.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceModel, relativeError } from '../support/replacement.ts';

const TOLERANCE = 2e-6;
/** Shares that differ by less are the same choice among features of equal influence. */
const SAME_SHARE = 1e-6;

describe('feature budget', () => {
  const table: string[] = [];
  after(() => {
    console.log("share of the full graph's influence that is kept");
    console.log('case                       features kept  limited reference  waves alone  budget  best');
    for (const line of table) console.log(line);
  });

  for (const name of referenceCases) {
    test(name, async () => {
      const full = await referenceGraph(name, 'full');
      const limited = await referenceGraph(name, 'limited');
      const influence = (await full.floats('node_influence')).subarray(0, full.features.length);
      const budget = limited.features.length;
      const model = await referenceModel(name);

      const result = await attribute(model, full.inputTokens, { maxFeatureNodes: budget });
      assert.equal(result.active.layers.length, budget);
      assert.equal(result.allActive.layers.length, full.features.length);
      const shareOf = (features: Iterable<number>): number => share(influence, features);
      const places = new Map(full.features.map((feature, i) => [feature.join(), i]));
      const reference = shareOf(limited.features.map(feature => places.get(feature.join())!));
      const order = Array.from(influence.keys()).sort((a, b) => influence[b] - influence[a]);
      const best = shareOf(order.slice(0, budget));
      const alone = await wavesAlone(model, full.inputTokens, budget);
      const waves = shareOf(alone.chosen);
      const kept = shareOf(result.selected);
      assert.ok(kept >= reference - SAME_SHARE, `${kept} is less than the reference's ${reference}`);
      assert.ok(Math.abs(kept - best) < SAME_SHARE, 'all features are candidates here, so the choice is the best');
      assert.ok(waves >= reference - SAME_SHARE, `waves alone: ${waves} is less than the reference's ${reference}`);
      const cells = [full.features.length, budget, ...[reference, waves, kept, best].map(value => value.toFixed(4))];
      table.push(`${name.padEnd(27)}${cells.map(cell => String(cell).padStart(8)).join('  ')}`);

      assertSharedEdges(result, limited);
      // Rows of the last wave, read over the graph's nodes alone.
      const { size, adjacency } = full;
      const expected = Array.from(alone.nodes, row =>
        Array.from(alone.nodes, column => adjacency[row * size + column]),
      );
      assert.ok(relativeError(alone.dense, expected.flat()) < TOLERANCE);
      await model.dispose();
    });
  }
});

/** The choice when no feature is traced that is not kept, and the graph of it: its nodes' places in the full one, [n, n]. */
async function wavesAlone(
  model: ReplacementModel,
  tokens: readonly number[],
  budget: number,
): Promise<{ chosen: Uint32Array; nodes: Uint32Array; dense: Float32Array }> {
  const run = await model.run(tokens);
  const probabilities = probabilitiesOf(run.pass.logits);
  const targets = await resolveTargets(SALIENT_LOGITS, probabilities, model.checkpoint.config, model.unembedding);
  const trace = await PromptTrace.create(model, run, targets);
  const rows = new RowStore();
  const rule = { candidates: budget, perWave: Math.ceil(budget / 32) };
  const chosen = await spendBudget(trace, rows, budget, undefined, rule);
  return { chosen, nodes: trace.order.withFeatures(chosen), dense: toDense(rows.build().matrix) };
}

function share(influence: Float32Array, features: Iterable<number>): number {
  let kept = 0;
  for (const feature of features) kept += influence[feature];
  return kept / influence.reduce((a, b) => a + b, 0);
}

/** Among the nodes that both graphs have, every edge is the same. */
function assertSharedEdges(result: Awaited<ReturnType<typeof attribute>>, limited: ReferenceGraph): void {
  const { active, order, matrix } = result;
  const places = new Map(
    Array.from(active.layers, (layer, i) => [`${layer},${active.positions[i]},${active.indices[i]}`, i]),
  );
  const nFeatures = limited.features.length;
  const node = (index: number): number | undefined =>
    index < nFeatures ? places.get(limited.features[index].join()) : index - nFeatures + order.nFeatures;
  const dense = toDense(matrix);
  const [actual, expected]: [number[], number[]] = [[], []];
  for (let target = 0; target < limited.size; target++) {
    for (let source = 0; source < limited.size; source++) {
      const [row, column] = [node(target), node(source)];
      if (row === undefined || column === undefined) continue;
      actual.push(dense[row * matrix.size + column]);
      expected.push(limited.adjacency[target * limited.size + source]);
    }
  }
  assert.ok(actual.length > 0.5 * limited.size ** 2, 'the graphs share most of their nodes');
  assert.ok(relativeError(actual, expected) < TOLERANCE);
}
