import {
  add,
  cast,
  greater,
  greaterOrEqual,
  linear,
  matmul,
  mul,
  relu,
  slice,
  sqrt,
  stopGradient,
  sum,
  type Graph,
  type Value,
} from '../onnx/index.ts';
import { filled, parameterMap, zeros, type Parameter, type Parameters } from './parameters.ts';
import { Random } from '../random.ts';

/** A dictionary in training: a cross-layer transcoder, or one transcoder a layer. */
export interface TranscoderShape {
  readonly kind: 'clt' | 'plt';
  readonly nLayers: number;
  readonly dModel: number;
  /** Features of each layer. */
  readonly nFeatures: number;
}

/** The output layers that features of `layer` write to. */
export function outputLayers({ kind, nLayers }: TranscoderShape, layer: number): number[] {
  if (kind === 'plt') return [layer];
  return Array.from({ length: nLayers - layer }, (_, i) => layer + i);
}

export const encoderName = (layer: number): string => `W_enc_${layer}`;
export const encoderBiasName = (layer: number): string => `b_enc_${layer}`;
/** [features, output layers * dModel] */
export const decoderName = (layer: number): string => `W_dec_${layer}`;
export const decoderBiasName = (layer: number): string => `b_dec_${layer}`;

/** Encoders are random directions; each feature first writes a little of its own direction to its own layer. */
export function initialTranscoder(shape: TranscoderShape, seed: number): Parameters {
  const random = new Random('transcoder', seed);
  const parameters: Parameter[] = [];
  for (let layer = 0; layer < shape.nLayers; layer++) {
    const directions = unitRows(random, shape.nFeatures, shape.dModel);
    const outputs = outputLayers(shape, layer).length;
    let index = 0;
    const decoder = (): number => {
      const column = index % (outputs * shape.dModel);
      const row = (index++ - column) / (outputs * shape.dModel);
      return 0.02 * random.normal() + 0.1 * directions[row * shape.dModel + (column % shape.dModel)];
    };
    let element = 0;
    parameters.push(
      filled(encoderName(layer), [shape.nFeatures, shape.dModel], () => 0.5 * directions[element++]),
      zeros(encoderBiasName(layer), [shape.nFeatures]),
      filled(decoderName(layer), [shape.nFeatures, outputs * shape.dModel], decoder),
      zeros(decoderBiasName(layer), [shape.dModel]),
    );
  }
  return parameterMap(parameters);
}

export interface EncodedLayer {
  /** [rows, features] */
  readonly activations: Value;
  /** 1 where active. */
  readonly active: Value;
}

/**
 * Active are the features whose activation times decoder norm reaches the layer's threshold (the ranking of BatchTopK,
 * Bussmann et al. 2024, with the batch's own cut replaced by a tracked one: training and use see the same rule).
 * input: [rows, dModel], normalized; thresholds: [layers].
 */
export function encodeLayer(
  values: ReadonlyMap<string, Value>,
  layer: number,
  input: Value,
  thresholds: Value,
): EncodedLayer {
  const preActivations = add(linear(input, values.get(encoderName(layer))!), values.get(encoderBiasName(layer))!);
  const rectified = relu(preActivations);
  const decoder = values.get(decoderName(layer))!;
  const norm = sqrt(add(sum(mul(decoder, decoder), [1]), 1e-12));
  const size = stopGradient(mul(rectified, norm));
  const reached = greaterOrEqual(size, slice(thresholds, 0, layer, layer + 1));
  const active = mul(cast(reached, 'float32'), cast(greater(rectified, 0), 'float32'));
  return { activations: mul(rectified, stopGradient(active)), active };
}

/** Adds up what features write to each layer's output, one source layer at a time; starts from the decoder biases. */
export class Reconstruction {
  #shape: TranscoderShape;
  #values: ReadonlyMap<string, Value>;
  #outputs: Value[];

  constructor(shape: TranscoderShape, values: ReadonlyMap<string, Value>) {
    this.#shape = shape;
    this.#values = values;
    this.#outputs = Array.from({ length: shape.nLayers }, (_, layer) => values.get(decoderBiasName(layer))!);
  }

  /** activations: [rows, features] of `layer`. */
  write(layer: number, activations: Value): void {
    const { dModel } = this.#shape;
    const written = matmul(activations, this.#values.get(decoderName(layer))!);
    outputLayers(this.#shape, layer).forEach((output, i) => {
      this.#outputs[output] = add(slice(written, 1, i * dModel, (i + 1) * dModel), this.#outputs[output]);
    });
  }

  /** What has been written to a layer's normalized MLP output. [rows, dModel] */
  output(layer: number): Value {
    return this.#outputs[layer];
  }
}

export function declareThresholds(graph: Graph, shape: TranscoderShape): Value {
  return graph.input('thresholds', 'float32', [shape.nLayers]);
}

function unitRows(random: Random, rows: number, columns: number): Float32Array {
  const result = Float32Array.from({ length: rows * columns }, () => random.normal());
  for (let row = 0; row < rows; row++) {
    const values = result.subarray(row * columns, (row + 1) * columns);
    const norm = Math.hypot(...values);
    values.forEach((value, i) => (values[i] = value / norm));
  }
  return result;
}
