import type { MlpActivations } from './harvest.ts';

/** Per layer: the mean vector and one scale (root mean square about the mean) of activations. */
export interface Normalization {
  /** [layers * dModel] */
  readonly mean: Float32Array;
  /** [layers] */
  readonly scale: Float32Array;
}

/** Mean and scale of [count, layers * dModel] activations, summed in double precision. */
export function measureNormalization(rows: Float32Array, count: number, nLayers: number): Normalization {
  const width = rows.length / count;
  const dModel = width / nLayers;
  const sum = new Float64Array(width);
  for (let row = 0; row < count; row++) for (let i = 0; i < width; i++) sum[i] += rows[row * width + i];
  const mean = Float32Array.from(sum, total => total / count);
  const squares = new Float64Array(nLayers);
  for (let row = 0; row < count; row++) {
    for (let i = 0; i < width; i++) squares[Math.floor(i / dModel)] += (rows[row * width + i] - mean[i]) ** 2;
  }
  return { mean, scale: Float32Array.from(squares, total => Math.max(1e-6, Math.sqrt(total / (count * dModel)))) };
}

/** Normalizes chosen rows of `activations` into a batch: [rows, layers * dModel] inputs and outputs. */
export function normalizedBatch(
  activations: MlpActivations,
  rows: ArrayLike<number>,
  inputs: Normalization,
  outputs: Normalization,
): { x: Float32Array; y: Float32Array; weights: Float32Array } {
  const { width } = activations;
  const x = new Float32Array(rows.length * width);
  const y = new Float32Array(rows.length * width);
  const weights = new Float32Array(rows.length);
  const dModel = width / inputs.scale.length;
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i] * width;
    weights[i] = activations.weights[rows[i]];
    for (let layer = 0; layer < inputs.scale.length; layer++) {
      const inputScale = 1 / inputs.scale[layer];
      const outputScale = 1 / outputs.scale[layer];
      for (let j = layer * dModel; j < (layer + 1) * dModel; j++) {
        x[i * width + j] = (activations.inputs[from + j] - inputs.mean[j]) * inputScale;
        y[i * width + j] = (activations.outputs[from + j] - outputs.mean[j]) * outputScale;
      }
    }
  }
  return { x, y, weights };
}
