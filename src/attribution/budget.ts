import type { Task } from '../task.ts';
import { nthLargest } from './cumulative.ts';
import type { PromptTrace } from './prompt-trace.ts';
import type { RowStore } from './row-store.ts';

/** Waves in which a budget is spent, at most: after each the bounds are better, but its batches are less full. */
export const WAVES = 2;
/** A wave of fewer features takes as long as one of these. */
const LEAST_IN_A_WAVE = 64;
/** So many features may be traced, and some of them left out again: a few hundred cost nothing. */
export const FREE_CANDIDATES = 512;

/** How a budget is spent; by default as `spendBudget` says. */
export interface BudgetRule {
  /** Features that are traced. */
  readonly candidates?: number;
  readonly perWave?: number;
}

/**
 * Chooses which active features become nodes when there are more than `maxFeatures`, and puts their rows and the
 * targets' in `rows`, narrowed to the graph. A source's influence is known only when every row above it has landed; until
 * then the rows that have landed give a lower bound, which only grows. The rule, in at most 2 waves of one size, at least
 * 64 features:
 *
 * 1. the targets' rows land;
 * 2. of the features without a row, those with the largest bounds (ties: the first in order) send theirs down;
 * 3. the bounds of all features are computed again, from the top layer down; back to 2 until `candidates` have a row;
 * 4. of these the `maxFeatures` with the largest bounds are kept. `candidates` is `maxFeatures`, but at least 512.
 *
 * When there are as many candidates as are kept, nothing is chosen after the last wave: it reads the graph's own nodes
 * alone. When all active features are candidates, they land in one wave: the bounds are then the influences of the full
 * graph and the choice is the best one. Returns the chosen features, ascending.
 */
export async function spendBudget(
  trace: PromptTrace,
  rows: RowStore,
  maxFeatures: number,
  task?: Task,
  rule: BudgetRule = {},
): Promise<Uint32Array> {
  const { nFeatures } = trace.order;
  const { wanted, perWave } = planWaves(nFeatures, maxFeatures, rule);
  const land = (nodes: Uint32Array, ofWave?: Task): Promise<void> =>
    trace.effectRows(
      nodes,
      (node, row) => {
        rows.set(node, row);
      },
      ofWave,
    );
  const landed = new Uint32Array(wanted);
  let count = 0;
  if (wanted === nFeatures) {
    await land(trace.targetNodes(), task);
    for (; count < nFeatures; count++) landed[count] = count;
  } else {
    await land(trace.targetNodes().subarray(nFeatures), cancelOnly(task));
  }
  let bounds = influenceBounds(trace, rows, landed.subarray(0, count));
  while (count < wanted) {
    const next = strongest(bounds, Math.min(perWave, wanted - count), feature => !rows.has(feature));
    landed.set(next, count);
    const ofWave = partOf(task, count, next.length, wanted);
    count += next.length;
    if (count === wanted && wanted <= maxFeatures) {
      const chosen = landed.sort();
      rows.narrow(trace.order.withFeatures(chosen), trace.order.size);
      await (trace.readsAllSources ? land(next, ofWave) : landInGraph(trace, rows, chosen, next, ofWave));
      return chosen;
    }
    await land(next, ofWave);
    bounds = influenceBounds(trace, rows, landed.subarray(0, count));
    task?.progress?.('attribute', count, wanted);
  }
  const chosen = strongest(bounds, Math.min(maxFeatures, wanted), feature => rows.has(feature));
  rows.narrow(trace.order.withFeatures(chosen), trace.order.size);
  return chosen;
}

/** The rows of `nodes`, some of the `chosen` features, over the nodes of the graph alone. */
async function landInGraph(
  trace: PromptTrace,
  rows: RowStore,
  chosen: Uint32Array,
  nodes: Uint32Array,
  task: Task,
): Promise<void> {
  let place = 0;
  const places = nodes.map(node => {
    while (chosen[place] !== node) place++;
    return place;
  });
  await trace.among(chosen).effectRows(
    places,
    (at, row) => {
      rows.setInGraph(chosen[at], row);
    },
    task,
  );
}

/**
 * Of how many features the rows hold the effects of all sources at once when `maxFeatures` of `nFeatures` become nodes: of
 * all that are traced, or of those before the last wave, if nothing is chosen after it.
 */
export function wholeRows(nFeatures: number, maxFeatures: number): number {
  if (nFeatures <= maxFeatures) return nFeatures;
  const { wanted, perWave } = planWaves(nFeatures, maxFeatures);
  return wanted > maxFeatures ? wanted : Math.floor((wanted - 1) / perWave) * perWave;
}

/** How many features are traced, and how many of them in each wave. */
function planWaves(nFeatures: number, maxFeatures: number, rule: BudgetRule = {}): { wanted: number; perWave: number } {
  const { candidates = Math.max(FREE_CANDIDATES, maxFeatures) } = rule;
  const wanted = Math.min(candidates, nFeatures);
  const { perWave = Math.max(LEAST_IN_A_WAVE, Math.ceil(wanted / WAVES)) } = rule;
  return { wanted, perWave };
}

/** The wave of the targets says nothing of the progress of all. */
function cancelOnly(task: Task | undefined): Task {
  return task?.signal === undefined ? {} : { signal: task.signal };
}

/** A wave that brings `count` features after `before`, of `wanted` in all. */
function partOf(task: Task | undefined, before: number, count: number, wanted: number): Task {
  const progress: Task['progress'] = (stage, done, total = 1) => {
    task?.progress?.(stage, before + Math.floor((count * done) / total), wanted);
  };
  return { ...cancelOnly(task), progress };
}

/** The `count` open features with the largest bounds, ties in their order; ascending. */
function strongest(bounds: Float64Array, count: number, isOpen: (feature: number) => boolean): Uint32Array {
  const open = new Uint32Array(bounds.length);
  const ofOpen = new Float64Array(bounds.length);
  let nOpen = 0;
  for (let feature = 0; feature < bounds.length; feature++) {
    if (!isOpen(feature)) continue;
    ofOpen[nOpen] = bounds[feature];
    open[nOpen++] = feature;
  }
  const floor = nthLargest(ofOpen.subarray(0, nOpen), count);
  let ties = count;
  for (let i = 0; i < nOpen; i++) if (ofOpen[i] > floor) ties--;
  const chosen = new Uint32Array(count);
  let next = 0;
  for (let i = 0; i < nOpen; i++) {
    if (ofOpen[i] > floor || (ofOpen[i] === floor && ties-- > 0)) chosen[next++] = open[i];
  }
  return chosen;
}

/** [nFeatures]; the influence that reaches each feature through the targets and the features that have a row. */
export function influenceBounds(trace: PromptTrace, rows: RowStore, withRow: Uint32Array): Float64Array {
  const { order, targets, run } = trace;
  const given = new Map(targets.map(({ weight }, i) => [order.logit(i), weight]));
  // A feature's inputs are in lower layers: from the top down what it has is complete when it is passed on.
  const nodes = topLayerFirst(withRow, run.active.layers);
  return rows.influences(given, nodes, { length: order.nFeatures, size: order.size });
}

function topLayerFirst(features: Uint32Array, layers: Uint16Array): Uint32Array {
  return features.slice().sort((a, b) => layers[b] - layers[a] || a - b);
}
