import { CircuitError } from '../errors.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import {
  createSession,
  encodeModel,
  tensor,
  type OnnxSession,
  type SessionSettings,
  type Tensors,
} from '../onnx/index.ts';
import { forwardFeeds } from '../transformer/inputs.ts';
import { NORM_SITES, type NormSite } from '../transformer/layer-methods.ts';
import type { Task } from '../task.ts';
import { buildForwardGraph, layerOutput } from './forward-graph.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';

/** What freezing fixes of one layer, and what its dictionary reads and has to reproduce. */
export interface LayerState {
  /** [heads, tokens, tokens], rows = queries */
  readonly pattern: Float32Array;
  /** 1 / scale of each norm, [tokens] */
  readonly inverseScales: Readonly<Partial<Record<NormSite, Float32Array>>>;
  /** At the dictionary's input hook, [tokens, dModel] */
  readonly input: Float32Array;
  /** At its output hook, less a skip connection, [tokens, dModel] */
  readonly written: Float32Array;
}

/** The original model on one prompt. */
export interface ForwardPass {
  readonly tokens: readonly number[];
  /** What the tokens write to the residual stream. [tokens, dModel] */
  readonly embedding: Float32Array;
  /** What learned positions write there, [tokens, dModel]; undefined in models without. */
  readonly positionEmbedding: Float32Array | undefined;
  readonly layers: readonly LayerState[];
  /** [tokens] */
  readonly finalInverseScale: Float32Array;
  /** Of the last position, [vocabulary] */
  readonly logits: Float32Array;
  /** The same before the soft cap, where the model has one: what direct effects add up to. */
  readonly uncappedLogits: Float32Array;
}

/** Runs the original model and keeps what attribution needs. */
export class ForwardRunner {
  readonly #checkpoint: Checkpoint;
  readonly #replaced: ReplacedMlp;
  readonly #session: OnnxSession;

  static async create(checkpoint: Checkpoint, replaced: ReplacedMlp, settings: SessionSettings) {
    const { graph, outputs } = buildForwardGraph(checkpoint, replaced);
    const session = await createSession(encodeModel(graph, outputs), { ...settings, keepsThreadsAwake: true });
    return new ForwardRunner(checkpoint, replaced, session);
  }

  private constructor(checkpoint: Checkpoint, replaced: ReplacedMlp, session: OnnxSession) {
    this.#checkpoint = checkpoint;
    this.#replaced = replaced;
    this.#session = session;
  }

  /** `tokens` must have passed `checkTokens`. Errors: `file-damaged` naming the weights that hold a NaN. */
  async run(tokens: readonly number[], task?: Task): Promise<ForwardPass> {
    const { config } = this.#checkpoint;
    const feeds = {
      ...forwardFeeds(config, [tokens]),
      read_out: tensor(BigInt64Array.of(BigInt(tokens.length - 1)), [1]),
    };
    const outputs = await this.#session.run(feeds);
    const logits = floats(outputs, 'logits');
    // A soft cap makes infinity finite.
    const uncappedLogits = 'uncapped_logits' in outputs ? floats(outputs, 'uncapped_logits') : logits;
    if (uncappedLogits.some(value => !Number.isFinite(value))) await this.#blameWeights(task);
    const layers: LayerState[] = [];
    for (let layer = 0; layer < config.nLayers; layer++) {
      const inverseScales: Partial<Record<NormSite, Float32Array>> = {};
      for (const site of NORM_SITES) {
        const name = layerOutput(`scale_${site}`, layer);
        if (name in outputs) inverseScales[site] = reciprocals(floats(outputs, name));
      }
      layers.push({
        pattern: floats(outputs, layerOutput('pattern', layer)),
        inverseScales,
        input: floats(outputs, layerOutput('input', layer)),
        written: floats(outputs, layerOutput('written', layer)),
      });
    }
    return {
      tokens,
      embedding: floats(outputs, 'embedding'),
      positionEmbedding: 'position_embedding' in outputs ? floats(outputs, 'position_embedding') : undefined,
      layers,
      finalInverseScale: reciprocals(floats(outputs, 'final_scale')),
      logits,
      uncappedLogits,
    };
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  /** Finds the tensor that made the logits NaN or infinite. */
  async #blameWeights(task: Task | undefined): Promise<never> {
    await this.#checkpoint.assertFinite(task);
    await this.#replaced.assertFinite(task);
    throw new CircuitError(
      'file-damaged',
      `${this.#checkpoint.dir}: the model's logits are not finite, though its weights are.`,
      'The numbers overflow in 32 bits: the weights are broken or belong to another configuration.',
    );
  }
}

function floats(outputs: Tensors, name: string): Float32Array {
  return outputs[name].data as Float32Array;
}

function reciprocals(values: Float32Array): Float32Array {
  return values.map(value => 1 / value);
}
