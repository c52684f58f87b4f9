import type { Parameter, Parameters } from './parameters.ts';
import type { Random } from '../random.ts';
import { decoderName, encoderBiasName, encoderName, outputLayers, type TranscoderShape } from './transcoder-model.ts';

/**
 * Gives dead features a new start (after Bricken et al. 2023, "Neuron resampling"): the encoder points at one token's
 * input so that the feature fires on it, the decoder writes a part of that token's outputs. The optimizer's averages of
 * those rows are cleared.
 */
export function resampleDeadFeatures(
  shape: TranscoderShape,
  parameters: Parameters,
  state: readonly Parameter[],
  dead: readonly (readonly number[])[],
  thresholds: Float32Array,
  random: Random,
  drawRow: () => { x: Float32Array; y: Float32Array },
): void {
  const { dModel } = shape;
  dead.forEach((features, layer) => {
    const encoder = parameters.get(encoderName(layer))!;
    const bias = parameters.get(encoderBiasName(layer))!;
    const decoder = parameters.get(decoderName(layer))!;
    const outputs = outputLayers(shape, layer);
    for (const feature of features) {
      const { x, y } = drawRow();
      const input = x.subarray(layer * dModel, (layer + 1) * dModel);
      const norm = Math.hypot(...input);
      const written = new Float32Array(outputs.length * dModel);
      outputs.forEach((output, i) =>
        written.set(
          y.subarray(output * dModel, (output + 1) * dModel).map(value => 0.2 * value + 0.01 * random.normal()),
          i * dModel,
        ),
      );
      const decoderNorm = Math.hypot(...written);
      // Fires on that token at twice the threshold, and falls off with the angle to it.
      const peak = (2 * thresholds[layer]) / decoderNorm;
      encoder.data.set(
        input.map(value => (2 * peak * value) / norm ** 2),
        feature * dModel,
      );
      bias.data[feature] = -peak;
      decoder.data.set(written, feature * written.length);
    }
    for (const parameter of [encoder, bias, decoder]) {
      const rowLength = parameter.data.length / shape.nFeatures;
      for (const average of state) {
        if (!average.name.startsWith('adam.') || !average.name.endsWith(`.${parameter.name}`)) continue;
        for (const feature of features) average.data.fill(0, feature * rowLength, (feature + 1) * rowLength);
      }
    }
  });
}
