import type { Checkpoint } from '../checkpoint/index.ts';
import { createSession, encodeModel, Graph, tensor, type OnnxSession, type SessionSettings } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { activeFeatures } from './active-features.ts';
import { ForwardRunner } from './forward-pass.ts';
import { frozenConstants, type FrozenConstants } from './frozen-constants.ts';
import { commonLeaves } from './leaves.ts';
import {
  buildNeuronBiasGraph,
  buildNeuronGraph,
  buildNeuronReadGraph,
  buildNeuronRowsGraph,
  mlpOf,
} from './neuron-graphs.ts';
import { NeuronSources } from './neuron-sources.ts';
import { linearize, nonzeroRows, type LinearNeurons } from './neuron-values.ts';
import type { LeafCounts, NodeOrder } from './node-order.ts';
import { checkPrompt } from './prompt-check.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';
import type { PromptRun, TracedModel } from './traced-model.ts';
import { TransportSessions } from './transport-sessions.ts';
import type { BuiltGraph } from './transport-graphs.ts';
import { Unembedding } from './unembedding.ts';

/** Neurons of a graph: nearly all are active, so that a prompt has 100,000s. */
export const NEURON_BUDGET = 2000;

/** A run in which every neuron is linear in what its MLP reads. */
export interface NeuronRun extends PromptRun {
  /** One for each layer. */
  readonly neurons: readonly LinearNeurons[];
}

/**
 * A model in the basis of its own neurons, for models without a dictionary: a neuron at a position writes activation
 * times its column of the down matrix. All neurons together with the biases are the MLPs, so nothing is left over and
 * there are no errors. What a neuron reads is linearised by RelP's rules (Jafari et al. 2025, arXiv 2508.21258; for
 * circuits of neurons: Arora et al. 2026, arXiv 2601.22594), see `linearize`, as patterns and norm scales are. No
 * identity about interventions follows from it.
 */
export class NeuronModel implements TracedModel<NeuronSources> {
  readonly unitKind = 'neuron';
  readonly defaultBudget = NEURON_BUDGET;
  readonly keptMass = 0.8;
  readonly nZeroed = 0;
  readonly checkpoint: Checkpoint;
  readonly unembedding: Unembedding;
  readonly sessions: TransportSessions;
  readonly settings: SessionSettings;
  readonly #forward: ForwardRunner;
  /** Whether the down matrices have biases. */
  readonly #isBiased: boolean;
  readonly #own = new Map<string, Promise<OnnxSession>>();
  #constants: Promise<FrozenConstants> | undefined;
  /** [layer]; in a plain MLP without a gate. */
  #biases: readonly { readonly up: Float32Array; readonly gate: Float32Array | undefined }[] = [];

  /** Use `loadNeuronModel`. */
  constructor(checkpoint: Checkpoint, forward: ForwardRunner, settings: SessionSettings) {
    this.checkpoint = checkpoint;
    this.unembedding = new Unembedding(checkpoint);
    this.sessions = new TransportSessions(checkpoint, wholeMlp(checkpoint), settings, buildNeuronReadGraph);
    this.settings = settings;
    this.#forward = forward;
    this.#isBiased = mlpOf(new Graph(), checkpoint, 0).down.bias !== undefined;
  }

  async run(tokens: readonly number[], task?: Task): Promise<NeuronRun> {
    const { config } = this.checkpoint;
    checkPrompt(tokens, config, this.nZeroed);
    task?.progress?.('forward', 0, undefined);
    const pass = await this.#forward.run(tokens, task);
    const neurons: LinearNeurons[] = [];
    for (const [layer, { input }] of pass.layers.entries()) {
      throwIfCancelled(task);
      task?.progress?.('encode', layer, config.nLayers);
      const session = await this.#session(`neurons ${layer}`, () => buildNeuronGraph(this.checkpoint, layer));
      const outputs = await session.run({ x: tensor(input, [tokens.length, config.dModel]) });
      const values = (name: string): Float32Array => outputs[name].data as Float32Array;
      neurons.push(linearize(values('activation'), values('up'), 'gate' in outputs ? values('gate') : undefined));
    }
    const active = activeFeatures(neurons.map(({ activations }) => nonzeroRows(activations, tokens.length)));
    return { pass, active, neurons };
  }

  constants(): Promise<FrozenConstants> {
    this.#constants ??= this.#readConstants();
    return this.#constants;
  }

  leafCounts({ pass }: PromptRun, constants: FrozenConstants): LeafCounts {
    const { nLayers } = this.checkpoint.config;
    return {
      ...commonLeaves(pass, constants),
      dictionaryBiases: 0,
      mlpBiases: this.#isBiased ? nLayers : 0,
      zeroed: 0,
    };
  }

  async encoderRows({ active, neurons }: NeuronRun, layer: number, units: Uint32Array): Promise<Float32Array> {
    const { dMlp } = this.checkpoint.config;
    const { upShare, gateShare } = neurons[layer];
    const shares = (values: Float32Array) =>
      tensor(
        Float32Array.from(units, unit => values[active.positions[unit] * dMlp + active.indices[unit]]),
        [units.length, 1],
      );
    const session = await this.#session(`rows ${layer}`, () => buildNeuronRowsGraph(this.checkpoint, layer));
    const { vectors } = await session.run({
      chosen: tensor(
        BigInt64Array.from(units, unit => BigInt(active.indices[unit])),
        [units.length],
      ),
      up_share: shares(upShare),
      ...(gateShare === undefined ? {} : { gate_share: shares(gateShare) }),
    });
    return vectors.data as Float32Array;
  }

  encoderBias({ active, neurons }: NeuronRun, unit: number): number {
    const layer = active.layers[unit];
    const index = active.indices[unit];
    const at = active.positions[unit] * this.checkpoint.config.dMlp + index;
    const { upShare, gateShare } = neurons[layer];
    const { up, gate } = this.#biases[layer];
    return upShare[at] * up[index] + (gateShare === undefined ? 0 : gateShare[at] * gate![index]);
  }

  sourcesOf({ active, neurons }: NeuronRun, order: NodeOrder): NeuronSources {
    return new NeuronSources(
      neurons.map(({ activations }) => activations),
      active,
      order,
      this.#isBiased,
    );
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
    for (const session of this.#own.values()) await (await session).dispose();
    this.#own.clear();
    await this.sessions.dispose();
  }

  async #readConstants(): Promise<FrozenConstants> {
    const { dModel, dMlp, nLayers } = this.checkpoint.config;
    const zeros = {
      x: tensor(new Float32Array(dModel), [1, dModel]),
      hidden: tensor(new Float32Array(dMlp), [1, dMlp]),
    };
    const biases = [];
    for (let layer = 0; layer < nLayers; layer++) {
      const { graph, outputs } = buildNeuronBiasGraph(this.checkpoint, layer);
      const session = await createSession(encodeModel(graph, outputs), this.settings);
      const { up, gate } = await session.run(zeros);
      await session.dispose();
      biases.push({ up: up.data as Float32Array, gate: gate?.data as Float32Array | undefined });
    }
    this.#biases = biases;
    return frozenConstants(this.checkpoint, wholeMlp(this.checkpoint), this.settings);
  }

  #session(name: string, build: () => BuiltGraph): Promise<OnnxSession> {
    let session = this.#own.get(name);
    if (session === undefined) {
      const { graph, outputs } = build();
      this.#own.set(name, (session = createSession(encodeModel(graph, outputs), this.settings)));
    }
    return session;
  }
}

/** The whole MLP is taken apart, from what its norm gives to what it writes itself. */
function wholeMlp(checkpoint: Checkpoint): ReplacedMlp {
  return {
    inputHook: 'mlp.hook_in',
    outputHook: 'mlp.hook_out',
    layers: Array.from({ length: checkpoint.config.nLayers }, () => ({ wSkip: undefined })),
    assertFinite: task => checkpoint.assertFinite(task),
  };
}

/** Errors: those of opening a session. */
export async function loadNeuronModel(checkpoint: Checkpoint, settings: SessionSettings = {}): Promise<NeuronModel> {
  const forward = await ForwardRunner.create(checkpoint, wholeMlp(checkpoint), settings);
  return new NeuronModel(checkpoint, forward, settings);
}
