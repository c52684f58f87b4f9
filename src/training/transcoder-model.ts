import {
  add,
  cast,
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
import { Random } from './random.ts';

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
  /** [rows, features] before and after the activation. */
  readonly preActivations: Value;
  readonly activations: Value;
  /** 1 where active. */
  readonly active: Value;
}

/**
 * Active are the features whose activation times decoder norm reaches the layer's threshold (the ranking of BatchTopK,
 * Bussmann et al. 2024, with the batch's own cut replaced by a tracked one: training and use see the same rule).
 * x: [rows, layers * dModel]; thresholds: [layers].
 */
export function encodeTranscoder(
  shape: TranscoderShape,
  values: ReadonlyMap<string, Value>,
  x: Value,
  thresholds: Value,
): EncodedLayer[] {
  return Array.from({ length: shape.nLayers }, (_, layer) => {
    const input = slice(x, 1, layer * shape.dModel, (layer + 1) * shape.dModel);
    const preActivations = add(linear(input, values.get(encoderName(layer))!), values.get(encoderBiasName(layer))!);
    const rectified = relu(preActivations);
    const decoder = values.get(decoderName(layer))!;
    const norm = sqrt(add(sum(mul(decoder, decoder), [1]), 1e-12));
    const size = stopGradient(mul(rectified, norm));
    const reached = greaterOrEqual(size, slice(thresholds, 0, layer, layer + 1));
    const active = mul(cast(reached, 'float32'), cast(greaterThanZero(rectified), 'float32'));
    return { preActivations, activations: mul(rectified, stopGradient(active)), active };
  });
}

/** Reconstruction of each layer's MLP output. [rows, dModel] for each layer. */
export function decodeTranscoder(
  shape: TranscoderShape,
  values: ReadonlyMap<string, Value>,
  activations: readonly Value[],
): Value[] {
  const outputs: Value[] = Array.from({ length: shape.nLayers }, (_, layer) => values.get(decoderBiasName(layer))!);
  activations.forEach((activation, layer) => {
    const written = matmul(activation, values.get(decoderName(layer))!);
    outputLayers(shape, layer).forEach((output, i) => {
      outputs[output] = add(slice(written, 1, i * shape.dModel, (i + 1) * shape.dModel), outputs[output]);
    });
  });
  return outputs;
}

export function declareThresholds(graph: Graph, shape: TranscoderShape): Value {
  return graph.input('thresholds', 'float32', [shape.nLayers]);
}

function greaterThanZero(x: Value): Value {
  return greaterOrEqual(x, 1e-30);
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
