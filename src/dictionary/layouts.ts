import { tensorIn, type SafetensorsFile, type TensorRef } from '../checkpoint/index.ts';
import type { DictionaryLayer } from './dictionary.ts';
import { encoderTensor, shapedTensor, sliceOf, thresholdTensor } from './tensor-shapes.ts';

/** The names by which a layout calls the tensors of one layer; decoder and biases have their letters' case alike. */
interface LayerNames {
  readonly wEnc: string;
  readonly wDec: string;
  readonly threshold: string;
  readonly skip: string;
  /** Whether the encoder is stored as [dModel, nFeatures]. */
  readonly encoderIsTransposed: boolean;
  /** How the skip connection is stored. */
  readonly skipOrientation: 'out-in' | 'in-out';
}

/** circuit-tracer's own files, layer_{i}.safetensors. */
const CIRCUIT_TRACER: LayerNames = {
  wEnc: 'W_enc',
  wDec: 'W_dec',
  threshold: 'activation_function.threshold',
  skip: 'W_skip',
  encoderIsTransposed: false,
  skipOrientation: 'out-in',
};

/** google/gemma-scope-*: params.npz; SAELens' transcoders with thresholds. */
const GEMMA_SCOPE: LayerNames = { ...CIRCUIT_TRACER, threshold: 'threshold', encoderIsTransposed: true };

/** google/gemma-scope-2-*: params.safetensors. Its skip connection is [in, out], of transcoders of both kinds. */
const GEMMA_SCOPE_2: LayerNames = {
  wEnc: 'w_enc',
  wDec: 'w_dec',
  threshold: 'threshold',
  skip: 'affine_skip_connection',
  encoderIsTransposed: true,
  skipOrientation: 'in-out',
};

/** The layout of a file, by what it holds. */
function namesOf(file: SafetensorsFile): LayerNames {
  if (file.entries.has('w_enc')) return GEMMA_SCOPE_2;
  // circuit-tracer's threshold has a longer name, and its encoder is not transposed.
  if (file.entries.has('threshold')) return GEMMA_SCOPE;
  const features = file.entries.get('b_enc')?.shape[0];
  const [rows, columns] = file.entries.get('W_enc')?.shape ?? [];
  // SAELens' transcoders without thresholds.
  return rows !== features && columns === features ? { ...CIRCUIT_TRACER, encoderIsTransposed: true } : CIRCUIT_TRACER;
}

/** The name of the tensor that holds a layer's thresholds in its file, for the error when it is missing. */
export function requireThreshold(file: SafetensorsFile, kind: 'plt' | 'clt', layer: number): void {
  const isNumbered = kind === 'clt' && !file.entries.has('w_enc');
  tensorIn(file, isNumbered ? `threshold_${layer}` : namesOf(file).threshold);
}

/** Per-layer transcoders, all tensors of a layer in one file, in any of the layouts above. */
export function perLayerTranscoders(files: readonly SafetensorsFile[]): DictionaryLayer[] {
  let dModel: number | undefined;
  return files.map((file, layer) => {
    const names = namesOf(file);
    const read = singleFileLayer(file, layer, names, dModel);
    dModel = read.dModel;
    return {
      ...read.layer,
      nOutputs: 1,
      wDec: shapedTensor(file, names.wDec, [read.layer.nFeatures, dModel]),
      firstOutput: 0,
    };
  });
}

/**
 * GemmaScope 2's cross-layer transcoders, one file a layer: `w_dec` is [nFeatures, nLayers, dModel], of which the
 * layers before its own are not used.
 */
export function gemmaScopeCrossLayer(files: readonly SafetensorsFile[]): DictionaryLayer[] {
  let dModel: number | undefined;
  return files.map((file, layer) => {
    const read = singleFileLayer(file, layer, GEMMA_SCOPE_2, dModel);
    dModel = read.dModel;
    const wDec = shapedTensor(file, 'w_dec', [read.layer.nFeatures, files.length, dModel]);
    return { ...read.layer, nOutputs: files.length - layer, wDec, firstOutput: layer };
  });
}

type WithoutDecoder = Omit<DictionaryLayer, 'wDec' | 'nOutputs' | 'firstOutput'>;

function singleFileLayer(
  file: SafetensorsFile,
  layer: number,
  names: LayerNames,
  width: number | undefined,
): { layer: WithoutDecoder; dModel: number } {
  const { encoderIsTransposed } = names;
  const wEnc = encoderTensor(file, names.wEnc, width, encoderIsTransposed);
  const [nFeatures, dModel] = encoderIsTransposed ? [wEnc.entry.shape[1], wEnc.entry.shape[0]] : wEnc.entry.shape;
  const skip = file.entries.has(names.skip) ? shapedTensor(file, names.skip, [dModel, dModel]) : undefined;
  return {
    dModel,
    layer: {
      layer,
      nFeatures,
      wEnc,
      encoderIsTransposed,
      bEnc: shapedTensor(file, 'b_enc', [nFeatures]),
      bDec: shapedTensor(file, 'b_dec', [dModel]),
      threshold: thresholdTensor(file, names.threshold, nFeatures),
      wSkip: skipConnection(skip, names.skipOrientation),
    },
  };
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
    const wEnc = encoderTensor(file, `W_enc_${layer}`, dModel, false);
    const [nFeatures, width] = wEnc.entry.shape;
    dModel = width;
    const nOutputs = nLayers - layer;
    const wSkip = skip === undefined ? undefined : shapedTensor(skip, 'W_skip', [nLayers, width, width]);
    return {
      layer,
      nFeatures,
      nOutputs,
      wEnc,
      encoderIsTransposed: false,
      bEnc: shapedTensor(file, `b_enc_${layer}`, [nFeatures]),
      bDec: shapedTensor(file, `b_dec_${layer}`, [width]),
      threshold: thresholdTensor(file, `threshold_${layer}`, nFeatures),
      wDec: shapedTensor(decoders[layer], `W_dec_${layer}`, [nFeatures, nOutputs, width]),
      firstOutput: 0,
      wSkip: skipConnection(wSkip === undefined ? undefined : sliceOf(wSkip, layer), 'in-out'),
    };
  });
}

function skipConnection(ref: TensorRef | undefined, orientation: 'out-in' | 'in-out'): DictionaryLayer['wSkip'] {
  return ref === undefined ? undefined : { ref, orientation };
}
