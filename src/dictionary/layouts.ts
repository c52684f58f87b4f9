import { tensorIn, type SafetensorsFile } from '../checkpoint/index.ts';
import type { DictionaryLayer } from './dictionary.ts';
import { encoderTensor, shapedTensor, sliceOf, thresholdTensor } from './tensor-shapes.ts';

/** circuit-tracer's per-layer transcoders: everything of a layer in `layer_{i}.safetensors`, plain names. */
export function perLayerTranscoders(files: readonly SafetensorsFile[]): DictionaryLayer[] {
  let dModel: number | undefined;
  return files.map((file, layer) => {
    const wEnc = encoderTensor(file, 'W_enc', dModel);
    const [nFeatures, width] = wEnc.entry.shape;
    dModel = width;
    const wSkip = file.entries.has('W_skip') ? shapedTensor(file, 'W_skip', [width, width]) : undefined;
    return {
      layer,
      nFeatures,
      nOutputs: 1,
      wEnc,
      bEnc: shapedTensor(file, 'b_enc', [nFeatures]),
      bDec: shapedTensor(file, 'b_dec', [width]),
      threshold: thresholdTensor(file, 'activation_function.threshold', nFeatures),
      wDec: shapedTensor(file, 'W_dec', [nFeatures, width]),
      wSkip: wSkip === undefined ? undefined : { ref: wSkip, orientation: 'out-in' },
    };
  });
}

/**
 * circuit-tracer's cross-layer transcoder: `W_enc_{i}.safetensors` (encoder, biases, thresholds) and
 * `W_dec_{i}.safetensors`, names ending in the layer; `skip` is one tensor for all layers, W_skip [nLayers, in, out].
 */
export function crossLayerTranscoder(
  encoders: readonly SafetensorsFile[],
  decoders: readonly SafetensorsFile[],
  skip: SafetensorsFile | undefined,
): DictionaryLayer[] {
  const nLayers = encoders.length;
  let dModel: number | undefined;
  return encoders.map((file, layer) => {
    const wEnc = encoderTensor(file, `W_enc_${layer}`, dModel);
    const [nFeatures, width] = wEnc.entry.shape;
    dModel = width;
    const nOutputs = nLayers - layer;
    const wSkip = skip === undefined ? undefined : shapedTensor(skip, 'W_skip', [nLayers, width, width]);
    return {
      layer,
      nFeatures,
      nOutputs,
      wEnc,
      bEnc: shapedTensor(file, `b_enc_${layer}`, [nFeatures]),
      bDec: shapedTensor(file, `b_dec_${layer}`, [width]),
      threshold: thresholdTensor(file, `threshold_${layer}`, nFeatures),
      wDec: shapedTensor(decoders[layer], `W_dec_${layer}`, [nFeatures, nOutputs, width]),
      wSkip: wSkip === undefined ? undefined : { ref: sliceOf(wSkip, layer), orientation: 'in-out' },
    };
  });
}

/** The tensor that holds a layer's thresholds in its file, for messages and for the error when it is missing. */
export function requireThreshold(file: SafetensorsFile, kind: 'plt' | 'clt', layer: number): void {
  tensorIn(file, kind === 'plt' ? 'activation_function.threshold' : `threshold_${layer}`);
}
