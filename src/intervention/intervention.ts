import type { Checkpoint } from '../checkpoint/index.ts';
import { checkDictionaryFits, type Dictionary } from '../dictionary/index.ts';
import {
  createSession,
  encodeModel,
  tensor,
  type OnnxSession,
  type SessionSettings,
  type Tensors,
} from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { forwardFeeds } from '../transformer/inputs.ts';
import { batchesOf, checkSequence, placeFeeds } from './batches.ts';
import type { Edit } from './edit.ts';
import { editFeeds } from './edit-feeds.ts';
import { activationOutput, intervenedGraph, type ActivationOutput } from './intervened-graph.ts';
import { freezingOf, type InterventionMode } from './mode.ts';
import { replacementGraph } from './replacement-graph.ts';

export interface InterventionSettings extends SessionSettings {
  /** Leading positions whose activations count as 0 and whose MLPs are never replaced; 1 when undefined. */
  readonly zeroedPositions?: number;
}

/** A prompt and what to change on it; without edits the original model runs. */
export interface InterventionRequest {
  readonly tokens: ArrayLike<number>;
  readonly edits?: readonly Edit[];
}

export interface InterventionOptions {
  /** `free` when undefined. */
  readonly mode?: InterventionMode;
  /** Of which positions logits are returned; `last` when undefined. */
  readonly logits?: 'last' | 'all';
  /** Activations of the changed model's features; `none` when undefined. */
  readonly activations?: ActivationOutput;
}

export interface InterventionResult {
  /** [vocabulary] of the last position, or [tokens, vocabulary] */
  readonly logits: Float32Array;
  /** When asked for: [tokens, nFeatures] of each layer; zeroed positions are 0. */
  readonly activations?: readonly Float32Array[];
}

/**
 * Runs a model with changed features. One session for each mode and kind of output, made when first needed and used for
 * all prompts, whatever their number and length.
 */
export class Intervention {
  readonly #checkpoint: Checkpoint;
  readonly #dictionary: Dictionary;
  readonly #settings: InterventionSettings;
  readonly #sessions = new Map<string, Promise<OnnxSession>>();

  constructor(checkpoint: Checkpoint, dictionary: Dictionary, settings: InterventionSettings) {
    this.#checkpoint = checkpoint;
    this.#dictionary = dictionary;
    this.#settings = settings;
  }

  /** Leading positions whose activations count as 0. */
  get zeroedPositions(): number {
    return this.#settings.zeroedPositions ?? 1;
  }

  /**
   * Results in the order of the requests, whose prompts may differ in length (those of one length run together).
   * Errors: `usage` for an edit or range of layers that does not exist, `prompt` for tokens that the model cannot read.
   */
  async run(
    requests: readonly InterventionRequest[],
    { mode = { kind: 'free' }, logits = 'last', activations = 'none' }: InterventionOptions = {},
    task?: Task,
  ): Promise<InterventionResult[]> {
    const freezing = freezingOf(mode, this.#checkpoint.config.nLayers);
    const session = await this.#session(JSON.stringify([mode, activations]), () =>
      intervenedGraph(this.#checkpoint, this.#dictionary, freezing, activations),
    );
    return this.#runBatches(session, requests, logits, activations, task, (rows, nTokens) =>
      editFeeds(
        this.#dictionary,
        rows.map(({ edits }) => edits ?? []),
        nTokens,
        this.zeroedPositions,
      ),
    );
  }

  /**
   * Logits of the replacement model (dictionary for MLPs; zeroed positions keep the original's MLPs) in the order of the
   * sequences: [vocabulary] of the last position, or [tokens, vocabulary]. Errors: `prompt`.
   */
  async replacementLogits(
    sequences: readonly ArrayLike<number>[],
    logits: 'last' | 'all' = 'last',
    task?: Task,
  ): Promise<Float32Array[]> {
    const session = await this.#session('replacement', () => replacementGraph(this.#checkpoint, this.#dictionary));
    const requests = sequences.map(tokens => ({ tokens }));
    const results = await this.#runBatches(session, requests, logits, 'none', task, (_, nTokens) => {
      const zeroed = Uint8Array.from({ length: nTokens }, (_value, position) =>
        Number(position < this.zeroedPositions),
      );
      return { zeroed: tensor(zeroed, [nTokens, 1]) };
    });
    return results.map(result => result.logits);
  }

  /** Frees the native memory. */
  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }

  #session(key: string, build: () => ReturnType<typeof intervenedGraph>): Promise<OnnxSession> {
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const { graph, outputs } = build();
      session = createSession(encodeModel(graph, outputs), this.#settings);
      this.#sessions.set(key, session);
      session.catch(() => this.#sessions.delete(key));
    }
    return session;
  }

  async #runBatches(
    session: OnnxSession,
    requests: readonly InterventionRequest[],
    which: 'last' | 'all',
    activations: ActivationOutput,
    task: Task | undefined,
    feeds: (rows: readonly InterventionRequest[], nTokens: number) => Tensors,
  ): Promise<InterventionResult[]> {
    for (const { tokens } of requests) checkSequence(this.#checkpoint, tokens);
    const results = new Array<InterventionResult>(requests.length);
    let done = 0;
    for (const batch of batchesOf(requests.map(request => request.tokens))) {
      throwIfCancelled(task);
      task?.progress?.('intervene', done, requests.length);
      const rows = batch.map(index => requests[index]);
      const nTokens = rows[0].tokens.length;
      const outputs = await session.run({
        ...forwardFeeds(
          this.#checkpoint.config,
          rows.map(row => row.tokens),
        ),
        ...placeFeeds(rows.length, nTokens, which),
        ...feeds(rows, nTokens),
      });
      batch.forEach((index, row) => {
        results[index] = {
          logits: rowOf(outputs['logits'].data as Float32Array, row, rows.length),
          ...(activations === 'none' ? {} : { activations: this.#activationsOf(outputs, row, rows.length) }),
        };
      });
      done += rows.length;
    }
    task?.progress?.('intervene', done, requests.length);
    return results;
  }

  #activationsOf(outputs: Tensors, row: number, nRows: number): Float32Array[] {
    return this.#dictionary.layers.map(({ layer, nFeatures }) => {
      const values = rowOf(outputs[activationOutput(layer)].data as Float32Array, row, nRows);
      return values.fill(0, 0, this.zeroedPositions * nFeatures);
    });
  }
}

/**
 * Prepares interventions on a model. Nothing is loaded before the first run; `dispose` when done.
 * Errors: `model-mismatch` for a dictionary of another model.
 */
export function createIntervention(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  settings: InterventionSettings = {},
): Intervention {
  checkDictionaryFits(dictionary, checkpoint.config);
  return new Intervention(checkpoint, dictionary, settings);
}

/** Row `row` of `nRows` equal parts. */
function rowOf(values: Float32Array, row: number, nRows: number): Float32Array {
  const size = values.length / nRows;
  return values.subarray(row * size, (row + 1) * size);
}
