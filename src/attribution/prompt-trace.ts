import type { OpenFiles } from '../checkpoint/index.ts';
import type { Task } from '../task.ts';
import { pickFeatures } from './active-features.ts';
import { NO_LEAVES, NodeOrder } from './node-order.ts';
import { spreadRow, WholeRow, type EffectRow } from './effect-row.ts';
import type { FrozenConstants } from './frozen-constants.ts';
import { dot } from './leaves.ts';
import { planSegments } from './source-segments.ts';
import { SourceVectors, type LayerSources } from './source-vectors.ts';
import type { LogitTarget } from './targets.ts';
import { newMemory, type ArrayMemory } from './trace-memory.ts';
import type { PromptRun, TracedModel } from './traced-model.ts';
import type { WaveContext } from './wave-context.ts';
import { runWave } from './wave.ts';

export interface TraceOptions {
  /** Whether what biases write are nodes. Default false. */
  readonly leaves?: boolean;
  /** Rows of the dictionary are read from these in every wave; they stay open while the caller wants. */
  readonly files?: OpenFiles;
  /** For source vectors and rows. */
  readonly memory?: ArrayMemory;
}

/** One prompt with its active features and targets: gives the rows of its adjacency, any of them, wave by wave. */
export class PromptTrace<Sources extends LayerSources = LayerSources> {
  readonly run: PromptRun;
  readonly targets: readonly LogitTarget[];
  /** Over all active features. */
  readonly order: NodeOrder;
  readonly sources: Sources;
  readonly #model: TracedModel<Sources>;
  readonly #context: WaveContext;
  /** Needed for the leaves only. */
  readonly #constants: FrozenConstants | undefined;
  readonly #options: Pick<TraceOptions, 'files' | 'memory'>;

  static async create<Sources extends LayerSources>(
    model: TracedModel<Sources>,
    run: PromptRun,
    targets: readonly LogitTarget[],
    { leaves = false, ...rest }: TraceOptions = {},
  ): Promise<PromptTrace<Sources>> {
    return new PromptTrace(model, run, targets, leaves ? await model.constants() : undefined, rest);
  }

  private constructor(
    model: TracedModel<Sources>,
    run: PromptRun,
    targets: readonly LogitTarget[],
    constants: FrozenConstants | undefined,
    options: Pick<TraceOptions, 'files' | 'memory'>,
    whole?: Sources,
  ) {
    const { config } = model.checkpoint;
    const { pass, active } = run;
    const leaves = constants === undefined ? NO_LEAVES : model.leafCounts(run, constants);
    const sizes = [active.layers.length, config.nLayers, pass.tokens.length, targets.length] as const;
    const order = new NodeOrder(...sizes, leaves, model.unitKind);
    this.run = run;
    this.targets = targets;
    this.order = order;
    const { memory } = options;
    this.sources = model.sourcesOf(run, order, { constants, whole, memory });
    this.#model = model;
    this.#constants = constants;
    this.#options = options;
    this.#context = {
      sessions: model.sessions,
      pass,
      shape: config,
      nSources: order.nSources,
      sourcesKept: this.sources.areKept,
      sourcesAt: (layer, task) => this.sources.at(layer, task),
      memory: memory ?? newMemory,
      embeddings: embeddingSources(run, order, config.dModel),
      attentionBiases:
        leaves.attentionBiases === 0
          ? undefined
          : constants?.layers.map(({ attention }, layer) => ({ node: order.attentionBias(layer), vector: attention })),
    };
  }

  /** Whether rows are of use only with the effects of all sources: a score of neurons needs their sums. */
  get readsAllSources(): boolean {
    return this.order.unitKind === 'neuron';
  }

  /** The same prompt with some of its features (ascending) as if no others were there: theirs are not read. */
  among(features: Uint32Array): PromptTrace<Sources> {
    const run = { ...this.run, active: pickFeatures(this.run.active, features) };
    return new PromptTrace(this.#model, run, this.targets, this.#constants, this.#options, this.sources);
  }

  /** All features, then the targets: the nodes that have a row. */
  targetNodes(): Uint32Array {
    const { nFeatures, nLogits } = this.order;
    return Uint32Array.from({ length: nFeatures + nLogits }, (_, i) =>
      i < nFeatures ? i : this.order.logit(i - nFeatures),
    );
  }

  /** The level of a feature or target node: where a wave injects it. */
  levelOf(node: number): number {
    return node < this.order.nFeatures ? this.run.active.layers[node] : this.order.nLayers;
  }

  /**
   * Sends the given features and targets down in one wave. `onRow(node, effects)` is called once for each with the direct
   * effect of every source, [order.nSources]; the array is valid during the call.
   */
  async rows(nodes: Uint32Array, onRow: (node: number, effects: Float32Array) => void, task?: Task): Promise<void> {
    const effects = new Float32Array(this.order.nSources);
    await this.effectRows(
      nodes,
      (node, row) => {
        spreadRow(row, effects);
        onRow(node, effects);
      },
      task,
    );
  }

  /** The same, of those sources alone that may have an effect. */
  async effectRows(nodes: Uint32Array, onRow: (node: number, row: EffectRow) => void, task?: Task): Promise<void> {
    const { nFeatures, nTokens } = this.order;
    const { active } = this.run;
    const ownBias = new Float64Array(nodes.length);
    const withBias = this.#constants === undefined ? undefined : this.#biasAdder();
    await runWave(
      this.#context,
      {
        places: Array.from(nodes, node => ({
          level: this.levelOf(node),
          position: node < nFeatures ? active.positions[node] : nTokens - 1,
        })),
        vectors: async members => {
          const vectors = await this.#vectors(
            members.map(i => nodes[i]),
            task,
          );
          if (this.#constants !== undefined) this.#addOwnBiases(ownBias, members, nodes, vectors);
          return vectors;
        },
      },
      (i, row) => {
        onRow(nodes[i], withBias === undefined ? row : withBias(row, ownBias[i]));
      },
      task,
    );
  }

  /** [nodes.length, dModel]; what is injected for nodes of any level. */
  async #vectors(nodes: Uint32Array, task: Task | undefined): Promise<Float32Array> {
    const { dModel } = this.#model.checkpoint.config;
    const vectors = new Float32Array(nodes.length * dModel);
    const ofLayer = Array.from({ length: this.order.nLayers }, (): number[] => []);
    nodes.forEach((node, i) => {
      if (node < this.order.nFeatures) ofLayer[this.levelOf(node)].push(i);
      else vectors.set(this.targets[node - this.order.logit(0)].vector, i * dModel);
    });
    await Promise.all(
      ofLayer.map(async (places, layer) => {
        if (places.length === 0) return;
        const units = Uint32Array.from(places, i => nodes[i]);
        const rows = await this.#model.encoderRows(this.run, layer, units, task, this.#options.files);
        places.forEach((i, row) => {
          vectors.set(rows.subarray(row * dModel, (row + 1) * dModel), i * dModel);
        });
      }),
    );
    return vectors;
  }

  /** Makes the row whole that holds a row's own bias too. */
  #biasAdder(): (row: EffectRow, bias: number) => EffectRow {
    const effects = new Float32Array(this.order.nSources);
    const whole = new WholeRow(effects);
    const node = this.order.rowBias();
    return (row, bias) => {
      spreadRow(row, effects);
      effects[node] = bias;
      return whole;
    };
  }

  #addOwnBiases(biases: Float64Array, members: Uint32Array, nodes: Uint32Array, vectors: Float32Array): void {
    const { dModel } = this.#model.checkpoint.config;
    const constants = this.#constants!;
    members.forEach((member, i) => {
      const vector = vectors.subarray(i * dModel, (i + 1) * dModel);
      const level = this.levelOf(nodes[member]);
      biases[member] =
        level === this.order.nLayers
          ? dot(vector, constants.finalNorm)
          : this.#model.encoderBias(this.run, nodes[member]) + dot(vector, constants.layers[level].dictionaryInput);
    });
  }
}

/** Token embeddings at their positions, written by the token nodes; with leaves what positions write there too. */
function embeddingSources({ pass }: PromptRun, order: NodeOrder, dModel: number): SourceVectors {
  const positions = order.leaves.positions > 0 ? pass.positionEmbedding : undefined;
  const counts = new Uint32Array(order.nTokens).fill(positions === undefined ? 1 : 2);
  const sources = new SourceVectors(planSegments(counts, dModel), order.nTokens, dModel);
  for (let position = 0; position < order.nTokens; position++) {
    const row = (vectors: Float32Array): Float32Array => vectors.subarray(position * dModel, (position + 1) * dModel);
    sources.add(position, order.token(position)).set(row(pass.embedding));
    if (positions !== undefined) sources.add(position, order.position(position)).set(row(positions));
  }
  return sources;
}
