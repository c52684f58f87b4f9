import type { NodeKind } from '../graph/node-kinds.ts';
import type { Task } from '../task.ts';
import type { ActiveFeatures } from './active-features.ts';
import { layerStarts } from './active-features.ts';
import { NodeOrder } from './node-order.ts';
import { DEFAULT_THRESHOLDS, prune, type PruneResult, type PruneThresholds } from './prune.ts';
import type { PromptRun, ReplacementModel } from './replacement-model.ts';
import { RowStore } from './row-store.ts';
import { graphScores, type GraphScores } from './scores.ts';
import { SourceVectors } from './source-vectors.ts';
import { DictionarySources } from './sources.ts';
import type { SparseMatrix } from './sparse-matrix.ts';
import { probabilitiesOf, resolveTargets, SALIENT_LOGITS, type LogitTarget, type TargetRequest } from './targets.ts';
import type { WaveContext } from './wave-context.ts';
import type { WaveTarget } from './wave-plan.ts';
import { runWave } from './wave.ts';

export interface AttributionOptions {
  readonly targets?: TargetRequest;
  readonly thresholds?: PruneThresholds;
}

/** Seconds. */
export interface AttributionTimings {
  readonly forward: number;
  readonly attribute: number;
  readonly prune: number;
}

export interface AttributionResult {
  readonly tokens: readonly number[];
  /** All active features, in the order of the graph's first nodes. */
  readonly active: ActiveFeatures;
  readonly order: NodeOrder;
  readonly kinds: readonly NodeKind[];
  /** Direct effects between the nodes of `order`; rows = targets, columns = sources. */
  readonly matrix: SparseMatrix;
  readonly targets: readonly LogitTarget[];
  /** Of the next token, [vocabulary]. */
  readonly probabilities: Float64Array;
  /** [size]; zero but for the logits. */
  readonly logitWeights: Float64Array;
  readonly pruned: PruneResult;
  readonly scores: GraphScores;
  readonly seconds: AttributionTimings;
}

/** Traces a prompt: the attribution graph of its next token. */
export async function attribute(
  model: ReplacementModel,
  tokens: readonly number[],
  options: AttributionOptions = {},
  task?: Task,
): Promise<AttributionResult> {
  const clock = new Stopwatch();
  const run = await model.run(tokens, task);
  const probabilities = probabilitiesOf(run.pass.logits);
  const { config } = model.checkpoint;
  const targets = await resolveTargets(
    options.targets ?? SALIENT_LOGITS,
    probabilities,
    config,
    model.unembedding,
    task,
  );
  const forward = clock.lap();

  const { active } = run;
  const nFeatures = active.layers.length;
  const order = new NodeOrder(nFeatures, config.nLayers, tokens.length, targets.length);
  const rows = new RowStore();
  const context = waveContext(model, run, order);
  const starts = layerStarts(active, config.nLayers);
  const places: WaveTarget[] = Array.from(active.layers, (level, i) => ({ level, position: active.positions[i] }));
  places.push(...targets.map(() => ({ level: config.nLayers, position: tokens.length - 1 })));
  await runWave(
    context,
    {
      places,
      vectors: async (level, members) => {
        if (level < config.nLayers) {
          return model.dictionary.encoderRows(level, active.indices.subarray(starts[level], starts[level + 1]), task);
        }
        const vectors = new Float32Array(members.length * config.dModel);
        members.forEach((target, i) => vectors.set(targets[target - nFeatures].vector, i * config.dModel));
        return vectors;
      },
    },
    (target, effects) => rows.set(target < nFeatures ? target : order.logit(target - nFeatures), effects),
    task,
  );
  const matrix = rows.build(order.size);
  const attributed = clock.lap();

  const kinds = order.kinds();
  const logitWeights = new Float64Array(order.size);
  targets.forEach(({ weight }, i) => (logitWeights[order.logit(i)] = weight));
  const pruned = prune(matrix, kinds, logitWeights, options.thresholds ?? DEFAULT_THRESHOLDS);
  const scores = graphScores(matrix, kinds, logitWeights);
  const seconds = { forward, attribute: attributed, prune: clock.lap() };
  return { tokens, active, order, kinds, matrix, targets, probabilities, logitWeights, pruned, scores, seconds };
}

/** What the waves of one prompt share. */
export function waveContext(model: ReplacementModel, { pass, active }: PromptRun, order: NodeOrder): WaveContext {
  const { config } = model.checkpoint;
  const decoderBiases = model.biases.map(({ bDec }) => bDec);
  const sources = new DictionarySources(model.dictionary, pass, active, order, decoderBiases, model.nZeroed);
  const embeddings = new SourceVectors(new Uint32Array(order.nTokens).fill(1), config.dModel);
  for (let position = 0; position < order.nTokens; position++) {
    const vector = pass.embedding.subarray(position * config.dModel, (position + 1) * config.dModel);
    embeddings.add(position, order.token(position)).set(vector);
  }
  const sourcesAt: WaveContext['sourcesAt'] = (layer, task) => sources.at(layer, task);
  return { sessions: model.sessions, pass, shape: config, nSources: order.nSources, sourcesAt, embeddings };
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
