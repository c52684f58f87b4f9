import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import {
  createSession,
  encodeModel,
  Graph,
  linear,
  mul,
  tensor,
  type OnnxSession,
  type SessionSettings,
} from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { centred } from '../transformer/blocks.ts';
import { storedWeights } from '../transformer/weights.ts';
import { extremeLogits, type PromotedTokens } from './source.ts';

/** Logits in memory at a time: 64 MB of float32. */
const CHUNK_LOGITS = 2 ** 24;

/**
 * The tokens that each feature's decoder raises and lowers most: W_U (w * sum over output layers of W_dec), with w the
 * weight of the final norm, whose denominator scales all alike ("logit lens" of the decoder); a LayerNorm also subtracts
 * the mean. [layer][feature].
 */
export async function decoderLogits(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  tokens: number,
  settings: SessionSettings = {},
  task?: Task,
): Promise<PromotedTokens[][]> {
  const { config } = checkpoint;
  const session = await logitSession(checkpoint, settings);
  const chunk = Math.max(1, Math.floor(CHUNK_LOGITS / config.vocabularySize));
  const result: PromotedTokens[][] = [];
  for (const { layer, nFeatures, nOutputs } of dictionary.layers) {
    const promoted: PromotedTokens[] = [];
    for (let first = 0; first < nFeatures; first += chunk) {
      throwIfCancelled(task);
      const count = Math.min(chunk, nFeatures - first);
      const features = Int32Array.from({ length: count }, (_, i) => first + i);
      const rows = sumOutputs(await dictionary.decoderRows(layer, features, task), count, nOutputs, config.dModel);
      const { logits } = await session.run({ directions: tensor(rows, [count, config.dModel]) });
      const values = logits.data as Float32Array;
      for (let i = 0; i < count; i++) {
        const row = values.subarray(i * config.vocabularySize, (i + 1) * config.vocabularySize);
        promoted.push(extremeLogits(row, tokens));
      }
    }
    result.push(promoted);
    task?.progress?.('promoted tokens', layer + 1, dictionary.nLayers);
  }
  await session.dispose();
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
    encodeModel(graph, { logits: linear(scaled, architecture.unembedding(source, config)) }),
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
