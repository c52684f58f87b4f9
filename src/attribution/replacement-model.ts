import type { Checkpoint, OpenFiles } from '../checkpoint/index.ts';
import {
  checkDictionaryFits,
  DecoderReader,
  leftOutPositions,
  SparseEncoder,
  type Dictionary,
  type DictionaryBiases,
  type SparseRows,
} from '../dictionary/index.ts';
import type { SessionSettings } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { activeFeatures } from './active-features.ts';
import { ForwardRunner } from './forward-pass.ts';
import { frozenConstants, type FrozenConstants } from './frozen-constants.ts';
import { commonLeaves } from './leaves.ts';
import type { LeafCounts, NodeOrder } from './node-order.ts';
import { checkPrompt, checkStart } from './prompt-check.ts';
import { DictionarySources } from './sources.ts';
import type { PromptRun, SourceOptions, TracedModel } from './traced-model.ts';
import { TransportSessions } from './transport-sessions.ts';
import { Unembedding } from './unembedding.ts';

/** circuit-tracer's default. */
const MAX_FEATURE_NODES = 7500;

/**
 * The local replacement model: the model with its MLPs replaced by dictionary features plus errors. Made once for a
 * checkpoint and its dictionary, and used for many prompts; `dispose` frees the sessions.
 */
export class ReplacementModel implements TracedModel<DictionarySources> {
  readonly unitKind = 'feature';
  readonly defaultBudget = MAX_FEATURE_NODES;
  readonly keptMass = 0.999;
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
  readonly #decoders: DecoderReader;
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
    this.#decoders = new DecoderReader(dictionary, { threads: settings.threads });
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
      const rows = await this.#encoder.encode(layer, input, this.nZeroed);
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

  leafCounts({ pass }: PromptRun, constants: FrozenConstants): LeafCounts {
    const { nLayers } = this.dictionary;
    const common = commonLeaves(pass, constants);
    return { ...common, dictionaryBiases: nLayers, mlpBiases: 0, zeroed: nLayers * this.nZeroed };
  }

  encoderRows({ active }: PromptRun, layer: number, units: Uint32Array, task?: Task, files?: OpenFiles) {
    const indices = units.map(unit => active.indices[unit]);
    return this.dictionary.encoderRows(layer, indices, task, files);
  }

  encoderBias({ active }: PromptRun, unit: number): number {
    return this.biases[active.layers[unit]].bEnc[active.indices[unit]];
  }

  sourcesOf({ pass, active }: PromptRun, order: NodeOrder, options: SourceOptions = {}) {
    const written = this.biases.map(({ bDec }, layer) => ({ bDec, skip: options.constants?.layers[layer].skip }));
    return new DictionarySources(this.#decoders, pass, active, order, written, this.nZeroed, options);
  }

  async dispose(): Promise<void> {
    await this.#forward.dispose();
    await this.#encoder.dispose();
    await this.#decoders.dispose();
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
