import { createSession, encodeModel, Graph, type OnnxSession, type Value } from '../onnx/index.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { declareParameters, parameterFeeds, type Parameters } from './parameters.ts';

/** What the MLPs of a model read and wrote, token by token: the material that dictionaries are trained on. */
export interface MlpActivations {
  readonly count: number;
  readonly width: number;
  /** [count, layers * dModel]: the MLP norms' outputs, with weight (mlp.hook_in). */
  readonly inputs: Float32Array;
  /** [count, layers * dModel]: what the MLPs add to the residual stream (hook_mlp_out). */
  readonly outputs: Float32Array;
  /** Weight of each token in the loss. [count] */
  readonly weights: Float32Array;
}

/** A token sequence and how much reconstruction at each of its positions counts; 0 leaves a position out. */
export interface WeightedSequence {
  readonly tokens: Int32Array;
  readonly weights: Float32Array;
}

const SEQUENCES_IN_A_BATCH = 128;

/** Runs a language model and keeps its MLPs' inputs and outputs. */
export class MlpHarvest {
  #shape: TransformerShape;
  #parameters: Parameters;
  #session: OnnxSession;

  private constructor(shape: TransformerShape, parameters: Parameters, session: OnnxSession) {
    this.#shape = shape;
    this.#parameters = parameters;
    this.#session = session;
  }

  static async create(shape: TransformerShape, parameters: Parameters, threads?: number): Promise<MlpHarvest> {
    const graph = new Graph();
    const values = declareParameters(graph, parameters.values());
    const forward = buildForward(shape, { weight: name => values.get(name)! }, forwardInputs(graph, shape));
    const outputs: Record<string, Value> = {};
    forward.layers.forEach((layer, index) => {
      outputs[`in.${index}`] = layer.mlpNorm.output;
      outputs[`out.${index}`] = layer.mlpOut;
    });
    const session = await createSession(encodeModel(graph, outputs), threads === undefined ? {} : { threads });
    return new MlpHarvest(shape, parameters, session);
  }

  /** Sequences are sorted by length; the positions with a positive weight are kept. */
  async collect(sequences: readonly WeightedSequence[]): Promise<MlpActivations> {
    const sorted = [...sequences].sort((a, b) => a.tokens.length - b.tokens.length);
    const count = sorted.reduce((total, { weights }) => total + weights.filter(weight => weight > 0).length, 0);
    const width = this.#shape.nLayers * this.#shape.dModel;
    const result = {
      count,
      width,
      inputs: new Float32Array(count * width),
      outputs: new Float32Array(count * width),
      weights: new Float32Array(count),
    };
    let row = 0;
    for (let first = 0; first < sorted.length; first += SEQUENCES_IN_A_BATCH) {
      row = await this.#collectBatch(sorted.slice(first, first + SEQUENCES_IN_A_BATCH), result, row);
    }
    return result;
  }

  async #collectBatch(batch: readonly WeightedSequence[], result: MlpActivations, firstRow: number): Promise<number> {
    const { dModel, nLayers } = this.#shape;
    const length = Math.max(...batch.map(({ tokens }) => tokens.length));
    const padded = batch.map(({ tokens }) => {
      const sequence = new Int32Array(length);
      sequence.set(tokens);
      return sequence;
    });
    const values = await this.#session.run({
      ...forwardFeeds(this.#shape, padded),
      ...parameterFeeds(this.#parameters.values()),
    });
    const layers = Array.from({ length: nLayers }, (_, layer) => ({
      input: values[`in.${layer}`].data as Float32Array,
      output: values[`out.${layer}`].data as Float32Array,
    }));
    let row = firstRow;
    batch.forEach(({ weights }, index) => {
      for (let position = 0; position < weights.length; position++) {
        if (weights[position] <= 0) continue;
        const from = (index * length + position) * dModel;
        for (let layer = 0; layer < nLayers; layer++) {
          const to = row * result.width + layer * dModel;
          result.inputs.set(layers[layer].input.subarray(from, from + dModel), to);
          result.outputs.set(layers[layer].output.subarray(from, from + dModel), to);
        }
        result.weights[row++] = weights[position];
      }
    });
    return row;
  }
}
