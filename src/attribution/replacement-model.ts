import type { Checkpoint } from '../checkpoint/index.ts';
import {
  checkDictionaryFits,
  leftOutPositions,
  SparseEncoder,
  type Dictionary,
  type DictionaryBiases,
  type SparseRows,
} from '../dictionary/index.ts';
import type { SessionSettings } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { activeFeatures, type ActiveFeatures } from './active-features.ts';
import { ForwardRunner, type ForwardPass } from './forward-pass.ts';
import { frozenConstants, type FrozenConstants } from './frozen-constants.ts';
import { checkPrompt, checkStart } from './prompt-check.ts';
import { TransportSessions } from './transport-sessions.ts';
import { Unembedding } from './unembedding.ts';

/** The original model on a prompt, and the dictionary's features that are active on it. */
export interface PromptRun {
  readonly pass: ForwardPass;
  readonly active: ActiveFeatures;
}

/**
 * The local replacement model: the model with its MLPs replaced by dictionary features plus errors. Made once for a
 * checkpoint and its dictionary, and used for many prompts; `dispose` frees the sessions.
 */
export class ReplacementModel {
  readonly checkpoint: Checkpoint;
  readonly dictionary: Dictionary;
  readonly unembedding: Unembedding;
  readonly sessions: TransportSessions;
  readonly settings: SessionSettings;
  /** One for each layer. */
  readonly biases: readonly DictionaryBiases[];
  /** The first so many positions have neither activations nor errors: what stands for the beginning is not explained. */
  readonly nZeroed: number;
  readonly #forward: ForwardRunner;
  readonly #encoder: SparseEncoder;
  #constants: Promise<FrozenConstants> | undefined;

  /** Use `loadReplacementModel`. */
  constructor(
    checkpoint: Checkpoint,
    dictionary: Dictionary,
    biases: readonly DictionaryBiases[],
    forward: ForwardRunner,
    settings: SessionSettings,
  ) {
    this.checkpoint = checkpoint;
    this.dictionary = dictionary;
    this.biases = biases;
    this.nZeroed = leftOutPositions(dictionary);
    this.unembedding = new Unembedding(checkpoint);
    this.sessions = new TransportSessions(checkpoint, dictionary, settings);
    this.settings = settings;
    this.#forward = forward;
    this.#encoder = new SparseEncoder(dictionary, settings);
  }

  /** Errors: `prompt` for tokens that cannot be traced, `file-damaged` for weights that are not finite. */
  async run(tokens: readonly number[], task?: Task): Promise<PromptRun> {
    checkPrompt(tokens, this.checkpoint.config, this.nZeroed);
    checkStart(tokens, this.dictionary);
    task?.progress?.('forward', 0, undefined);
    const pass = await this.#forward.run(tokens, task);
    const encoded: SparseRows[] = [];
    for (const [layer, { input }] of pass.layers.entries()) {
      throwIfCancelled(task);
      task?.progress?.('encode', layer, pass.layers.length);
      const rows = await this.#encoder.encode(layer, input, position => position < this.nZeroed);
      if (!rows.values.every(Number.isFinite)) await this.dictionary.assertFinite(task);
      encoded.push(rows);
    }
    return { pass, active: activeFeatures(encoded) };
  }

  /** What the frozen model gives when nothing flows in: its biases. Evaluated once. */
  constants(): Promise<FrozenConstants> {
    this.#constants ??= frozenConstants(this.checkpoint, this.dictionary, this.settings);
    return this.#constants;
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
    await this.#encoder.dispose();
    await this.sessions.dispose();
  }
}

/** Errors: `model-mismatch` when the dictionary was made for another model, `file-damaged` for biases not finite. */
export async function loadReplacementModel(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  settings: SessionSettings = {},
  task?: Task,
): Promise<ReplacementModel> {
  checkDictionaryFits(dictionary, checkpoint.config);
  const biases: DictionaryBiases[] = [];
  for (const { layer } of dictionary.layers) {
    throwIfCancelled(task);
    task?.progress?.('load', layer, dictionary.nLayers);
    biases.push(await dictionary.biases(layer));
  }
  const forward = await ForwardRunner.create(checkpoint, dictionary, settings);
  return new ReplacementModel(checkpoint, dictionary, biases, forward, settings);
}
