import { OpenFiles } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import type { NodeKind } from '../graph/node-kinds.ts';
import type { Task } from '../task.ts';
import { pickFeatures, type ActiveFeatures } from './active-features.ts';
import { spendBudget, wholeRows } from './budget.ts';
import { expectedEffects } from './expected-effects.ts';
import { NodeOrder, type LeafCounts } from './node-order.ts';
import { scoresOfPart } from './part-scores.ts';
import { PromptTrace } from './prompt-trace.ts';
import { DEFAULT_THRESHOLDS, prune, type PruneResult, type PruneThresholds } from './prune.ts';
import { RowStore } from './row-store.ts';
import { graphScores, type GraphScores } from './scores.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS, type LogitTarget, type TargetRequest } from './targets.ts';
import { traceMemory } from './trace-memory.ts';
import type { PromptRun, TracedModel } from './traced-model.ts';

export interface AttributionOptions {
  /** Default: the salient tokens, at most 10 until they hold .95. */
  readonly targets?: TargetRequest;
  /** Features that become nodes, at most; the rule is `spendBudget`'s. Default 7500, of neurons 2000. */
  readonly maxFeatureNodes?: number;
  /** Default .8 and .98. */
  readonly thresholds?: PruneThresholds;
  /** Adds position, bias and zeroed-position leaves, with which every row sums to its pre-activation. Default false. */
  readonly leaves?: boolean;
  /** Keeps every effect of however large a graph: for those who write the dense matrix. Default false. */
  readonly exact?: boolean;
}

/** Seconds. */
export interface AttributionTimings {
  /** The original model, the encoders and the targets. */
  readonly forward: number;
  readonly attribute: number;
  /** Influence, pruning and scores. */
  readonly prune: number;
}

export interface AttributionResult {
  readonly tokens: readonly number[];
  /** The features that are nodes, in the order of the first rows: all active ones, or those within the budget. */
  readonly active: ActiveFeatures;
  /** All active features of the prompt. */
  readonly allActive: ActiveFeatures;
  /** Which of `allActive` are nodes, ascending. */
  readonly selected: Uint32Array;
  /** Which node has which number, and what it is. */
  readonly order: NodeOrder;
  /** [order.size] */
  readonly kinds: readonly NodeKind[];
  /** Direct effects, [order.size, order.size]; rows = targets, columns = sources. */
  readonly matrix: SparseMatrix;
  /** In the order of the logit nodes. */
  readonly targets: readonly LogitTarget[];
  /** Of the next token, [vocabulary]. */
  readonly probabilities: Float64Array;
  /** [order.size]; the weights of the targets, zero elsewhere. */
  readonly logitWeights: Float64Array;
  readonly pruned: PruneResult;
  /** Of the whole graph; of neurons see `scoresOfPart`. */
  readonly scores: GraphScores;
  readonly seconds: AttributionTimings;
}

/** Effects up to which rows are kept exactly unless asked: 400 MB. Of all features, they are copied into the graph. */
const EXACT_EFFECTS = 1e8;
const EXACT_EFFECTS_OF_ALL = 5e7;
/** Entries of all rows together while a larger one is traced (1.6 GB): long prompts have hundreds of thousands a row. */
export const STORED_ENTRIES = 2e8;

/**
 * Traces a prompt: the attribution graph of its next token (Ameisen et al. 2025; circuit-tracer's definitions).
 * `tokens` are taken as they are. Errors: `prompt`, `target`, `usage`, `cancelled`, `file-damaged`.
 */
export async function attribute(
  model: TracedModel,
  tokens: readonly number[],
  options: AttributionOptions = {},
  task?: Task,
): Promise<AttributionResult> {
  const { targets: request = SALIENT_LOGITS, maxFeatureNodes = model.defaultBudget } = options;
  if (!(maxFeatureNodes >= 1)) {
    throw new CircuitError('usage', `A graph cannot have ${maxFeatureNodes} features.`, 'Allow at least 1.');
  }
  const clock = new Stopwatch();
  const run = await model.run(tokens, task);
  const probabilities = probabilitiesOf(run.pass.logits);
  const { config } = model.checkpoint;
  const targets = await resolveTargets(request, probabilities, config, model.unembedding, task);
  const forward = clock.lap();

  const rows = await traceRows(model, run, targets, { ...options, maxFeatureNodes }, task);
  const { selected, matrix } = rows;
  const sizes = [selected.length, config.nLayers, tokens.length, targets.length] as const;
  const order = new NodeOrder(...sizes, rows.leaves, model.unitKind);
  const attributed = clock.lap();

  const kinds = order.kinds();
  const logitWeights = new Float64Array(order.size);
  targets.forEach(({ weight }, i) => (logitWeights[order.logit(i)] = weight));
  const pruned = prune(matrix, kinds, logitWeights, options.thresholds ?? DEFAULT_THRESHOLDS);
  const scores =
    model.unitKind === 'neuron'
      ? scoresOfPart(matrix, kinds, logitWeights, rows.absoluteSums)
      : graphScores(matrix, kinds, logitWeights, pruned.influence);
  const seconds = { forward, attribute: attributed, prune: clock.lap() };
  return {
    tokens,
    active: pickFeatures(run.active, selected),
    allActive: run.active,
    selected,
    order,
    kinds,
    matrix,
    targets,
    probabilities,
    logitWeights,
    pruned,
    scores,
    seconds,
  };
}

/** The rows of a graph as its matrix, in files and memory that are given back. */
async function traceRows(
  model: TracedModel,
  run: PromptRun,
  targets: readonly LogitTarget[],
  options: AttributionOptions & { readonly maxFeatureNodes: number },
  task: Task | undefined,
): Promise<{ selected: Uint32Array; leaves: LeafCounts; matrix: SparseMatrix; absoluteSums: Float64Array }> {
  const { maxFeatureNodes, leaves = false, exact = false } = options;
  const files = new OpenFiles();
  const memory = traceMemory.lend();
  try {
    const trace = await PromptTrace.create(model, run, targets, { leaves, files, memory });
    const { nFeatures } = trace.order;
    const nRows = wholeRows(nFeatures, maxFeatureNodes) + targets.length;
    const mostExact = nFeatures > maxFeatureNodes ? EXACT_EFFECTS : EXACT_EFFECTS_OF_ALL;
    const isLarge = !exact && expectedEffects(run.active, run.pass.tokens.length, nRows) > mostExact;
    const rows = isLarge ? new RowStore(model.keptMass, Math.ceil(STORED_ENTRIES / nRows)) : new RowStore();
    const selected = await selectFeatures(trace, rows, maxFeatureNodes, task);
    return { selected, leaves: trace.order.leaves, ...rows.build() };
  } finally {
    memory.giveBack();
    await files.close();
  }
}

/** All active features in one wave, or those that the budget is spent on; their rows and the targets' go to `rows`, narrowed. */
async function selectFeatures(
  trace: PromptTrace,
  rows: RowStore,
  maxFeatures: number,
  task: Task | undefined,
): Promise<Uint32Array> {
  if (trace.order.nFeatures > maxFeatures) return spendBudget(trace, rows, maxFeatures, task);
  await trace.effectRows(
    trace.targetNodes(),
    (node, row) => {
      rows.set(node, row);
    },
    task,
  );
  const all = Uint32Array.from({ length: trace.order.nFeatures }, (_, i) => i);
  rows.narrow(trace.order.withFeatures(all), trace.order.size);
  return all;
}

class Stopwatch {
  #last = performance.now();

  /** Seconds since the last lap. */
  lap(): number {
    const now = performance.now();
    const seconds = (now - this.#last) / 1000;
    this.#last = now;
    return seconds;
  }
}
