import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import {
  createSession,
  encodeModel,
  Graph,
  mul,
  tensor,
  type OnnxSession,
  type SessionSettings,
} from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { centred } from '../transformer/blocks.ts';
import { storedWeights, tallLinear } from '../transformer/weights.ts';
import { extremeLogits, type PromotedTokens } from './source.ts';

/** Logits in memory at a time: 64 MB of float32. */
const CHUNK_LOGITS = 2 ** 24;

/**
 * The tokens that a feature's decoder raises and lowers most: W_U (w * sum over output layers of W_dec), with w the
 * weight of the final norm, whose denominator scales all alike ("logit lens" of the decoder); a LayerNorm also subtracts
 * the mean.
 */
export class DecoderLogits {
  readonly #checkpoint: Checkpoint;
  readonly #dictionary: Dictionary;
  readonly #session: OnnxSession;

  static async create(checkpoint: Checkpoint, dictionary: Dictionary, settings: SessionSettings = {}) {
    return new DecoderLogits(checkpoint, dictionary, await logitSession(checkpoint, settings));
  }

  private constructor(checkpoint: Checkpoint, dictionary: Dictionary, session: OnnxSession) {
    this.#checkpoint = checkpoint;
    this.#dictionary = dictionary;
    this.#session = session;
  }

  /** The `tokens` most raised and most lowered of each feature of `layer`, in the order given. */
  async promoted(layer: number, features: Int32Array, tokens: number, task?: Task): Promise<PromotedTokens[]> {
    const { vocabularySize, dModel } = this.#checkpoint.config;
    const { nOutputs } = this.#dictionary.layers[layer];
    const chunk = Math.max(1, Math.floor(CHUNK_LOGITS / vocabularySize));
    const promoted: PromotedTokens[] = [];
    for (let first = 0; first < features.length; first += chunk) {
      throwIfCancelled(task);
      const some = features.subarray(first, first + chunk);
      const decoders = await this.#dictionary.decoderRows(layer, some, task);
      const rows = sumOutputs(decoders, some.length, nOutputs, dModel);
      const { logits } = await this.#session.run({ directions: tensor(rows, [some.length, dModel]) });
      const values = logits.data as Float32Array;
      for (let i = 0; i < some.length; i++) {
        promoted.push(extremeLogits(values.subarray(i * vocabularySize, (i + 1) * vocabularySize), tokens));
      }
    }
    return promoted;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}

/** The same for every feature of a dictionary, [layer][feature]. */
export async function decoderLogits(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  tokens: number,
  settings: SessionSettings = {},
  task?: Task,
): Promise<PromotedTokens[][]> {
  const decoder = await DecoderLogits.create(checkpoint, dictionary, settings);
  const result: PromotedTokens[][] = [];
  for (const { layer, nFeatures } of dictionary.layers) {
    const features = Int32Array.from({ length: nFeatures }, (_, feature) => feature);
    result.push(await decoder.promoted(layer, features, tokens, task));
    task?.progress?.('promoted tokens', layer + 1, dictionary.nLayers);
  }
  await decoder.dispose();
  return result;
}

async function logitSession(checkpoint: Checkpoint, settings: SessionSettings): Promise<OnnxSession> {
  const { config } = checkpoint;
  const graph = new Graph();
  const source = storedWeights(graph, checkpoint);
  const architecture = architectureOf(config);
  const directions = graph.input('directions', 'float32', ['rows', config.dModel]);
  const weights = architecture.finalNorm(source, config);
  const scaled = mul(centred(directions, weights), weights.weight);
  return createSession(
    encodeModel(graph, { logits: tallLinear(scaled, architecture.unembedding(source, config)) }),
    settings,
  );
}

/** [count, nOutputs, dModel] -> [count, dModel] */
function sumOutputs(rows: Float32Array, count: number, nOutputs: number, dModel: number): Float32Array {
  const result = new Float32Array(count * dModel);
  for (let i = 0; i < count * nOutputs; i++) {
    const target = Math.floor(i / nOutputs) * dModel;
    for (let d = 0; d < dModel; d++) result[target + d] += rows[i * dModel + d];
  }
  return result;
}
