import type { Task } from '../task.ts';
import type { PromptTrace } from './prompt-trace.ts';
import type { RowStore } from './row-store.ts';

/** Waves in which a budget is spent: after each the bounds are better. */
const WAVES = 32;
/** Features that may be traced and then left out again: a few hundred cost nothing, a quarter more than is kept little. */
const FREE_CANDIDATES = 512;
const CANDIDATE_SHARE = 1.25;

/**
 * Chooses which active features become nodes when there are more than `maxFeatures`, and puts their rows and the
 * targets' in `rows`. A source's influence is known only when every row above it has landed; until then the rows that
 * have landed give a lower bound, which only grows. The rule, in at most WAVES waves of one size:
 *
 * 1. the targets' rows land;
 * 2. of the features without a row, those with the largest bounds (ties: the first in order) send theirs down;
 * 3. the bounds of all features are computed again, from the top layer down; back to 2 until `candidates` have a row;
 * 4. of these the `maxFeatures` with the largest bounds are kept. `candidates` is a quarter more, at least 512.
 *
 * When all active features are candidates, the bounds are the influences of the full graph and the choice is the best
 * one. Returns the chosen features, ascending.
 */
export async function spendBudget(
  trace: PromptTrace,
  rows: RowStore,
  maxFeatures: number,
  task?: Task,
  candidates = Math.max(FREE_CANDIDATES, Math.ceil(CANDIDATE_SHARE * maxFeatures)),
): Promise<Uint32Array> {
  const { order } = trace;
  const wanted = Math.min(candidates, order.nFeatures);
  const perWave = Math.max(1, Math.ceil(wanted / WAVES));
  const quiet: Task = task?.signal === undefined ? {} : { signal: task.signal };
  const land = (nodes: Uint32Array): Promise<void> =>
    trace.rows(
      nodes,
      (node, effects) => {
        rows.set(node, effects);
      },
      quiet,
    );
  await land(trace.targetNodes().subarray(order.nFeatures));
  let bounds = influenceBounds(trace, rows, []);
  const landed: number[] = [];
  while (landed.length < wanted) {
    const next = strongest(bounds, feature => rows.get(feature) === undefined).slice(0, perWave);
    next.length = Math.min(next.length, wanted - landed.length);
    await land(Uint32Array.from(next));
    landed.push(...next);
    bounds = influenceBounds(trace, rows, landed);
    task?.progress?.('attribute', landed.length, wanted);
  }
  const kept = strongest(bounds, feature => rows.get(feature) !== undefined).slice(0, maxFeatures);
  return Uint32Array.from(kept).sort();
}

/** Features by falling bound, ties in their order. */
function strongest(bounds: Float64Array, isOpen: (feature: number) => boolean): number[] {
  return Array.from(bounds.keys())
    .filter(isOpen)
    .sort((a, b) => bounds[b] - bounds[a] || a - b);
}

/** [nFeatures]; the influence that reaches each feature through the targets and the features that have a row. */
export function influenceBounds(trace: PromptTrace, rows: RowStore, withRow: readonly number[]): Float64Array {
  const { order, targets, run } = trace;
  const bounds = new Float64Array(order.nFeatures);
  const pass = (node: number, influence: number): void => {
    const row = rows.get(node);
    if (row === undefined || row.absoluteSum === 0 || influence === 0) return;
    const factor = influence / row.absoluteSum;
    for (let entry = 0; entry < row.sources.length && row.sources[entry] < order.nFeatures; entry++) {
      bounds[row.sources[entry]] += Math.abs(row.weights[entry]) * factor;
    }
  };
  targets.forEach(({ weight }, i) => {
    pass(order.logit(i), weight);
  });
  // A feature's inputs are in lower layers: from the top down each bound is complete when it is passed on.
  for (const feature of [...withRow].sort((a, b) => run.active.layers[b] - run.active.layers[a] || a - b)) {
    pass(feature, bounds[feature]);
  }
  return bounds;
}
