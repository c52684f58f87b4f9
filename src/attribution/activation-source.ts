import type { Checkpoint } from '../checkpoint/index.ts';
import { checkDictionaryFits, leftOutPositions, sparseActivations, type Dictionary } from '../dictionary/index.ts';
import {
  createSession,
  encodeModel,
  Graph,
  reshape,
  type OnnxSession,
  type SessionSettings,
  type Value,
} from '../onnx/index.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import { storedWeights } from '../transformer/weights.ts';
import { checkSequence } from './prompt-check.ts';

/** The active features of one sequence in one layer: parallel arrays, by position, then feature. */
export interface SequenceActivations {
  readonly position: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float32Array;
}

/** Positions of a run: with more the activations leave the processor's caches, with fewer the matmuls are slower. */
const RUN_POSITIONS = 1024;
/** Values of the widest dense tensor of a run, positions x features: 128 MB of float32. */
const RUN_VALUES = 2 ** 25;

/**
 * Sparse activations of batches of token sequences, for feature indices and evaluation: one session from tokens to the
 * active features of every layer. Sequences of different lengths share a run: attention is causal, so what is padded
 * behind a sequence does not reach it.
 */
export class BatchEncoder {
  readonly nLayers: number;
  /** The first position whose activations count; they are 0 before it. */
  readonly firstPosition: number;
  readonly #checkpoint: Checkpoint;
  readonly #dictionary: Dictionary;
  readonly #session: OnnxSession;
  readonly #widest: number;

  static async create(checkpoint: Checkpoint, dictionary: Dictionary, settings: SessionSettings = {}) {
    checkDictionaryFits(dictionary, checkpoint.config);
    const session = await createSession(encodeModel(...buildGraph(checkpoint, dictionary)), settings);
    return new BatchEncoder(checkpoint, dictionary, session);
  }

  private constructor(checkpoint: Checkpoint, dictionary: Dictionary, session: OnnxSession) {
    this.nLayers = dictionary.nLayers;
    this.firstPosition = leftOutPositions(dictionary);
    this.#checkpoint = checkpoint;
    this.#dictionary = dictionary;
    this.#session = session;
    const widths = dictionary.layers.map(({ nFeatures }) => nFeatures);
    this.#widest = Math.max(...widths);
  }

  nFeatures(layer: number): number {
    return this.#dictionary.layers[layer].nFeatures;
  }

  /** Indexed [sequence of the batch][layer]. Errors: `prompt` for a sequence that the model cannot read. */
  async encode(batch: readonly Int32Array[]): Promise<SequenceActivations[][]> {
    for (const sequence of batch) checkSequence(sequence, this.#checkpoint.config);
    const results: SequenceActivations[][] = batch.map(() => []);
    for (const members of this.#runs(batch)) {
      const length = Math.max(1, batch[members[members.length - 1]].length);
      const padded = members.map(member => {
        const sequence = new Int32Array(length);
        sequence.set(batch[member]);
        return sequence;
      });
      const outputs = await this.#session.run(forwardFeeds(this.#checkpoint.config, padded));
      for (let layer = 0; layer < this.nLayers; layer++) {
        const values = outputs[`values_${layer}`].data as Float32Array;
        const indices = outputs[`indices_${layer}`].data as BigInt64Array;
        const k = values.length / (members.length * length);
        members.forEach((member, row) => {
          const first = row * length * k;
          results[member].push(collect(values, indices, first, batch[member].length, k, this.firstPosition));
        });
      }
    }
    return results;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }

  /** Sequences that run together, shortest first, so that little is padded. */
  #runs(batch: readonly Int32Array[]): number[][] {
    const order = Array.from(batch.keys()).sort((a, b) => batch[a].length - batch[b].length || a - b);
    const runs: number[][] = [];
    let current: number[] = [];
    for (const member of order) {
      const positions = (current.length + 1) * batch[member].length;
      if (current.length > 0 && positions > Math.min(RUN_POSITIONS, RUN_VALUES / this.#widest))
        runs.push((current = []));
      if (runs.length === 0) runs.push(current);
      current.push(member);
    }
    return runs;
  }
}

function buildGraph(checkpoint: Checkpoint, dictionary: Dictionary): [Graph, Record<string, Value>] {
  const { config } = checkpoint;
  const graph = new Graph();
  const forward = buildForward(config, storedWeights(graph, checkpoint), forwardInputs(graph, config));
  const outputs: Record<string, Value> = {};
  forward.layers.forEach(({ hooks }, layer) => {
    const x = reshape(hooks[dictionary.inputHook]!, ['rows', config.dModel]);
    const { values, indices } = sparseActivations(dictionary, layer, x, undefined);
    outputs[`values_${layer}`] = values;
    outputs[`indices_${layer}`] = indices;
  });
  return [graph, outputs];
}

/** The nonzero ones of [length, k] values that start at `first`, without the positions before `firstPosition`. */
function collect(
  values: Float32Array,
  indices: BigInt64Array,
  first: number,
  length: number,
  k: number,
  firstPosition: number,
): SequenceActivations {
  // The low words, which hold all of an index: making a BigInt of each would cost more than the rest.
  const lowWords = new Uint32Array(indices.buffer, indices.byteOffset, 2 * indices.length);
  let count = 0;
  for (let i = first + firstPosition * k; i < first + length * k; i++) if (values[i] !== 0) count++;
  const position = new Int32Array(count);
  const feature = new Int32Array(count);
  const value = new Float32Array(count);
  for (let p = firstPosition, end = 0; p < length; p++) {
    const start = end;
    for (let i = first + p * k; i < first + (p + 1) * k; i++) {
      if (values[i] === 0) continue;
      // Insertion in the order of the features: a position has few.
      let at = end++;
      for (; at > start && feature[at - 1] > lowWords[2 * i]; at--) {
        feature[at] = feature[at - 1];
        value[at] = value[at - 1];
      }
      feature[at] = lowWords[2 * i];
      value[at] = values[i];
    }
    position.fill(p, start, end);
  }
  return { position, feature, value };
}
