import type { Checkpoint } from '../checkpoint/index.ts';
import { checkDictionaryFits, leftOutPositions, type Dictionary, type SparseRows } from '../dictionary/index.ts';
import type { SessionSettings } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { activeFeatures } from './active-features.ts';
import { BatchRunner } from './batch-runner.ts';
import type { InterventionContext } from './context.ts';
import { intervene, type InterventionOptions, type InterventionRequest, type InterventionResult } from './intervene.ts';
import { replacementLogits } from './replacement-logits.ts';
import { DENSE_DECODER_VALUES } from './replacement-writes.ts';

export interface InterventionSettings extends SessionSettings {
  /** Leading positions whose activations count as 0 and whose MLPs are never replaced; the dictionary's rule when undefined. */
  readonly zeroedPositions?: number;
  /**
   * Decoders of a layer up to so many values are multiplied as a whole in the replacement model, of larger ones only the
   * rows of active features are read; 2^23 when undefined.
   */
  readonly denseDecoderValues?: number;
}

/**
 * Runs a model with changed features. Prompts may differ in length: those of one length run together. There is one
 * session for each mode and kind of output, made when first needed and used for any number of prompts.
 */
export class Intervention {
  readonly #context: InterventionContext;

  /** Use `createIntervention`. */
  constructor(context: InterventionContext) {
    this.#context = context;
  }

  /**
   * Results in the order of the requests. Errors: `usage` for an edit or layers that do not exist and for results that
   * are not finite, `prompt` for tokens that the model cannot read.
   */
  run(
    requests: readonly InterventionRequest[],
    options: InterventionOptions = {},
    task?: Task,
  ): Promise<InterventionResult[]> {
    return intervene(this.#context, requests, options, task);
  }

  /**
   * Logits of the replacement model (dictionary for MLPs; zeroed positions keep the original's MLPs) in the order of the
   * sequences: [vocabulary] of the last position, or [tokens, vocabulary]. Errors: `prompt`.
   */
  replacementLogits(
    sequences: readonly ArrayLike<number>[],
    logits: 'last' | 'all' = 'last',
    task?: Task,
  ): Promise<Float32Array[]> {
    return replacementLogits(this.#context, sequences, logits, task);
  }

  /** The features that are active on each sequence: for each layer, a row a position. Errors: `prompt`. */
  activeFeatures(sequences: readonly ArrayLike<number>[], task?: Task): Promise<SparseRows[][]> {
    return activeFeatures(this.#context, sequences, task);
  }

  /** Frees the native memory. */
  dispose(): Promise<void> {
    return this.#context.runner.dispose();
  }
}

/**
 * Prepares interventions on a model; nothing is loaded before the first run. `dispose` when done.
 * Errors: `model-mismatch` for a dictionary of another model.
 */
export function createIntervention(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  {
    zeroedPositions = leftOutPositions(dictionary),
    denseDecoderValues = DENSE_DECODER_VALUES,
    ...settings
  }: InterventionSettings = {},
): Intervention {
  checkDictionaryFits(dictionary, checkpoint.config);
  const runner = new BatchRunner(checkpoint, settings);
  return new Intervention({ checkpoint, dictionary, runner, zeroedPositions, denseDecoderValues });
}
