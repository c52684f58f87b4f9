import type { Checkpoint, OpenFiles } from '../checkpoint/index.ts';
import type { Task } from '../task.ts';
import type { ActiveFeatures } from './active-features.ts';
import type { ForwardPass } from './forward-pass.ts';
import type { FrozenConstants } from './frozen-constants.ts';
import type { LeafCounts, NodeOrder, UnitKind } from './node-order.ts';
import type { LayerSources } from './source-vectors.ts';
import type { ArrayMemory } from './trace-memory.ts';
import type { TransportSessions } from './transport-sessions.ts';
import type { Unembedding } from './unembedding.ts';

/** The original model on a prompt, and the features or neurons that are active on it. */
export interface PromptRun {
  readonly pass: ForwardPass;
  readonly active: ActiveFeatures;
}

export interface SourceOptions {
  /** Where biases are nodes. */
  readonly constants?: FrozenConstants | undefined;
  /** Of a run with some of the units, the sources of all, which leave the same over. */
  readonly whole?: LayerSources | undefined;
  readonly memory?: ArrayMemory | undefined;
}

/**
 * A model whose MLPs are taken apart into units, a dictionary's features or neurons, each of which reads a direction at
 * the MLP's input and writes one at its output: what a trace needs of it. A method that takes a run takes those of `run`.
 */
export interface TracedModel<Sources extends LayerSources = LayerSources> {
  readonly unitKind: UnitKind;
  readonly checkpoint: Checkpoint;
  readonly unembedding: Unembedding;
  readonly sessions: TransportSessions;
  /** The first so many positions have no units. */
  readonly nZeroed: number;
  /** Nodes of a graph, unless asked for otherwise. */
  readonly defaultBudget: number;
  /** Share of a row's absolute sum that its strongest entries keep where a graph is too large for all of them. */
  readonly keptMass: number;
  /** Errors: `prompt` for tokens that cannot be traced, `file-damaged` for weights that are not finite. */
  run(tokens: readonly number[], task?: Task): Promise<PromptRun>;
  /** What the frozen model gives when nothing flows in: its biases. Evaluated once. */
  constants(): Promise<FrozenConstants>;
  /** The leaves with which every row sums to its pre-activation. */
  leafCounts(run: PromptRun, constants: FrozenConstants): LeafCounts;
  /** [units.length, dModel]; what the units at these places of the run's list, all of `layer`, read. */
  encoderRows(run: PromptRun, layer: number, units: Uint32Array, task?: Task, files?: OpenFiles): Promise<Float32Array>;
  /** What the unit at this place has by itself, its bias. Call it after `constants`. */
  encoderBias(run: PromptRun, unit: number): number;
  /** What the units write. */
  sourcesOf(run: PromptRun, order: NodeOrder, options: SourceOptions): Sources;
}
