import type { DictionaryLayerWeights } from '../dictionary/index.ts';
import type { TrainedTranscoder } from './train-transcoder.ts';
import {
  decoderBiasName,
  decoderName,
  encoderBiasName,
  encoderName,
  outputLayers,
  type TranscoderShape,
} from './transcoder-model.ts';

/**
 * The layers of a trained transcoder in the model's own units: with inputs (x - mean) / scale and outputs alike in
 * training, W_enc and b_enc take up the input's normalization, W_dec and b_dec the output's, and the tracked threshold on
 * activation times decoder norm becomes one JumpReLU threshold for each feature.
 */
export function exportTranscoder(
  shape: TranscoderShape,
  { trainer, normalization }: TrainedTranscoder,
): DictionaryLayerWeights[] {
  const { dModel, nFeatures } = shape;
  const { inputs, outputs } = normalization;
  const parameter = (name: string): Float32Array => trainer.parameters.get(name)!.data;
  return Array.from({ length: shape.nLayers }, (_, layer) => {
    const encoder = parameter(encoderName(layer));
    const decoder = parameter(decoderName(layer));
    const written = outputLayers(shape, layer);
    const wEnc = new Float32Array(encoder.length);
    const bEnc = Float32Array.from(parameter(encoderBiasName(layer)));
    const wDec = new Float32Array(decoder.length);
    const threshold = new Float32Array(nFeatures);
    for (let feature = 0; feature < nFeatures; feature++) {
      let shift = 0;
      for (let i = 0; i < dModel; i++) {
        const weight = encoder[feature * dModel + i] / inputs.scale[layer];
        wEnc[feature * dModel + i] = weight;
        shift += weight * inputs.mean[layer * dModel + i];
      }
      bEnc[feature] -= shift;
      let square = 0;
      const rowLength = written.length * dModel;
      for (let i = 0; i < rowLength; i++) {
        const weight = decoder[feature * rowLength + i];
        square += weight * weight;
        wDec[feature * rowLength + i] = weight * outputs.scale[written[Math.floor(i / dModel)]];
      }
      threshold[feature] = trainer.thresholds[layer] / Math.sqrt(square);
    }
    const bDec = parameter(decoderBiasName(layer)).map(
      (bias, i) => bias * outputs.scale[layer] + outputs.mean[layer * dModel + i],
    );
    return { wEnc, bEnc, wDec, bDec, threshold };
  });
}
