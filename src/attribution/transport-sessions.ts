import { availableParallelism } from 'node:os';
import type { Checkpoint } from '../checkpoint/index.ts';
import {
  createSession,
  encodeModel,
  keepsTensors,
  type ExecutionProvider,
  type OnnxModel,
  type OnnxSession,
  type SessionSettings,
} from '../onnx/index.ts';
import { buildPositionsGraph } from './cotangent-graphs.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';
import {
  buildHeadGraph,
  buildPassingGraph,
  buildReadGraph,
  buildResidualReadGraph,
  buildTransportGraph,
  type BuiltGraph,
} from './transport-graphs.ts';

/** Writes the graph that reads the direct effects of what is written in a layer: inputs and outputs of `buildReadGraph`. */
type ReadGraphBuilder = typeof buildReadGraph;

/**
 * The sessions of the transport, each made when it is first used and kept for every later prompt. Layers whose graphs
 * are the same (a read has no weights in most architectures) share one.
 */
export class TransportSessions {
  readonly #checkpoint: Checkpoint;
  readonly #replaced: ReplacedMlp;
  readonly #settings: SessionSettings;
  readonly #buildRead: ReadGraphBuilder;
  readonly #byName = new Map<string, Promise<OnnxSession>>();
  readonly #withoutWeights = new Map<string, Promise<OnnxSession>>();

  constructor(
    checkpoint: Checkpoint,
    replaced: ReplacedMlp,
    settings: SessionSettings,
    buildRead: ReadGraphBuilder = buildReadGraph,
  ) {
    this.#checkpoint = checkpoint;
    this.#replaced = replaced;
    this.#buildRead = buildRead;
    this.#settings = { ...settings, keepsNoMemory: true };
  }

  /** Whether the provider that computes now can keep cotangents in its memory from one layer to the next. */
  get keepTensors(): boolean {
    return keepsTensors(this.#provider);
  }

  /** Threads among which products are divided, as far as is known; other providers than the CPU count as one. */
  get threads(): number {
    return this.#provider === 'cpu' ? (this.#settings.threads ?? availableParallelism()) : 1;
  }

  get #provider(): ExecutionProvider {
    const { inUse, provider = 'cpu' } = this.#settings;
    return inUse?.current ?? provider;
  }

  /**
   * With `attention` it also gives the cotangents at attention's output; with `onDevice`, `below` stays there. `passing`: no
   * row enters at the layer.
   */
  transport(
    layer: number,
    {
      attention,
      passing = false,
      onDevice = false,
    }: { readonly attention: boolean; readonly passing?: boolean; readonly onDevice?: boolean },
  ): Promise<OnnxSession> {
    const build = passing ? buildPassingGraph : buildTransportGraph;
    return this.#session(
      `transport ${layer} ${attention} ${passing} ${onDevice}`,
      () => build(this.#checkpoint, this.#replaced, layer, { attention }),
      { onDevice: onDevice ? ['below'] : [], keepsThreadsAwake: true },
    );
  }

  /** Reads so many segments of sources in one run, inputs and outputs by `nameOfCopy`. */
  read(layer: number, segments = 1): Promise<OnnxSession> {
    return this.#session(
      `read ${layer} ${segments}`,
      () => this.#buildRead(this.#checkpoint, this.#replaced, layer),
      { keepsThreadsAwake: true },
      segments,
    );
  }

  residualRead(segments = 1): Promise<OnnxSession> {
    return this.#session(
      `residual read ${segments}`,
      () => buildResidualReadGraph(this.#checkpoint),
      { keepsThreadsAwake: true },
      segments,
    );
  }

  head({ onDevice = false }: { readonly onDevice?: boolean } = {}): Promise<OnnxSession> {
    return this.#session(`head ${onDevice}`, () => buildHeadGraph(this.#checkpoint), {
      onDevice: onDevice ? ['below'] : [],
    });
  }

  /** Takes positions out of cotangents, on the device. */
  positions(): Promise<OnnxSession> {
    return this.#session('positions', () => buildPositionsGraph(this.#checkpoint.config.dModel), {
      onDevice: ['part'],
    });
  }

  async dispose(): Promise<void> {
    const sessions = new Set(await Promise.all([...this.#byName.values()]));
    this.#byName.clear();
    this.#withoutWeights.clear();
    for (const session of sessions) await session.dispose();
  }

  #session(name: string, build: () => BuiltGraph, settings: SessionSettings = {}, copies = 1): Promise<OnnxSession> {
    let session = this.#byName.get(name);
    if (session === undefined) {
      const { graph, outputs } = build();
      session = this.#create(encodeModel(graph, outputs, { copies }), { ...this.#settings, ...settings });
      this.#byName.set(name, session);
    }
    return session;
  }

  #create(model: OnnxModel, settings: SessionSettings): Promise<OnnxSession> {
    if (model.weightsFolder !== undefined) return createSession(model, settings);
    const key = `${settings.onDevice?.join() ?? ''} ${Buffer.from(model.bytes).toString('latin1')}`;
    let session = this.#withoutWeights.get(key);
    if (session === undefined) this.#withoutWeights.set(key, (session = createSession(model, settings)));
    return session;
  }
}
