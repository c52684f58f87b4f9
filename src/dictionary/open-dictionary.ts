import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  cacheResolver,
  openSafetensors,
  readText,
  type HubResolver,
  type SafetensorsFile,
} from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { parseDictionaryConfig, type DictionaryConfig } from './dictionary-config.ts';
import { Dictionary, type DictionaryActivation, type DictionaryLayer } from './dictionary.ts';
import { crossLayerTranscoder, gemmaScopeCrossLayer, perLayerTranscoders, requireThreshold } from './layouts.ts';
import { openListed } from './listed-files.ts';
import { describeAutoencoder, openSparseAutoencoder, WHY_NO_TRANSCODER } from './sparse-autoencoder.ts';

export interface OpenDictionaryOptions {
  /** Finds the files that config.yaml names by `hf://`; by default those that are in the Hugging Face cache. */
  readonly resolveHub?: HubResolver;
  readonly task?: Task;
}

/**
 * Opens a dictionary folder in any published layout (see layouts.ts): files beside config.yaml, or those that its
 * `transcoders` lists, in the folder or as `hf://owner/name/path?revision=`. Reads headers only and checks every shape.
 * Errors: `file-missing`, `file-damaged`, `file-unsupported`, naming the file and the tensor or field.
 */
export async function openDictionary(dir: string, options: OpenDictionaryOptions = {}): Promise<Dictionary> {
  const names = await listFolder(dir);
  if (names.includes('cfg.json') && !names.includes('config.yaml')) throw await noTranscoder(dir);
  const configPath = join(dir, 'config.yaml');
  const configText = await readText(configPath);
  const config = parseDictionaryConfig(configPath, configText);
  const { encoders, files, layers } = await openLayers(dir, names, config, options);
  const activation = activationOf(config, layers, encoders);
  const { wEnc, encoderIsTransposed } = layers[0];
  return new Dictionary({
    dir,
    config,
    configText,
    activation,
    dModel: wEnc.entry.shape[encoderIsTransposed ? 0 : 1],
    // Thresholds beside an explicit topk have no meaning.
    layers: activation === 'jumprelu' ? layers : layers.map(layer => ({ ...layer, threshold: undefined })),
    files,
    featuresDirectory: names.includes('features') ? join(dir, 'features') : undefined,
  });
}

interface OpenedLayers {
  /** The file of each layer that holds its encoder. */
  readonly encoders: readonly SafetensorsFile[];
  readonly files: readonly SafetensorsFile[];
  readonly layers: DictionaryLayer[];
}

async function openLayers(
  dir: string,
  names: readonly string[],
  config: DictionaryConfig,
  { resolveHub = cacheResolver(), task }: OpenDictionaryOptions,
): Promise<OpenedLayers> {
  const stem = config.kind === 'plt' ? 'layer' : 'W_enc';
  // What somebody has fetched to the usual names goes before the places that the configuration lists.
  if (config.transcoders !== undefined && !names.includes(`${stem}_0.safetensors`)) {
    const files = await openListed(config, config.transcoders, dir, resolveHub, task);
    return {
      encoders: files,
      files,
      layers: config.kind === 'plt' ? perLayerTranscoders(files) : gemmaScopeCrossLayer(files),
    };
  }
  const encoders = await openNumbered(dir, names, stem, config);
  if (config.kind === 'plt') return { encoders, files: encoders, layers: perLayerTranscoders(encoders) };
  const decoders = await Promise.all(encoders.map((_, i) => openSafetensors(join(dir, `W_dec_${i}.safetensors`))));
  const skip = names.includes('W_skip.safetensors')
    ? await openSafetensors(join(dir, 'W_skip.safetensors'))
    : undefined;
  return {
    encoders,
    files: [...encoders, ...decoders, ...(skip === undefined ? [] : [skip])],
    layers: crossLayerTranscoder(encoders, decoders, skip),
  };
}

/** A folder in SAELens' layout, which is no dictionary of MLPs. */
async function noTranscoder(dir: string): Promise<CircuitError> {
  const sae = await openSparseAutoencoder(dir);
  return new CircuitError(
    'file-unsupported',
    `${dir} holds ${describeAutoencoder(sae)}, and no config.yaml of transcoders.`,
    WHY_NO_TRANSCODER,
  );
}

/**
 * topk where the configuration says so, otherwise jumprelu where there are thresholds (as circuit-tracer decides, also
 * when the configuration says relu), otherwise relu.
 */
function activationOf(
  config: DictionaryConfig,
  layers: readonly DictionaryLayer[],
  encoders: readonly SafetensorsFile[],
): DictionaryActivation {
  if (config.activation === 'topk') {
    const narrow = layers.find(layer => layer.nFeatures < (config.k ?? 0));
    if (narrow === undefined) return 'topk';
    throw new CircuitError(
      'file-damaged',
      `${config.path}: field "k" is ${config.k ?? 0} but ${narrow.wEnc.path} has only ${narrow.nFeatures} features.`,
      'Correct k: it is the number of features that stay active at a position of one layer.',
    );
  }
  const withThreshold = layers.filter(layer => layer.threshold !== undefined).length;
  if (withThreshold === 0 && config.activation !== 'jumprelu') return 'relu';
  for (const [layer, file] of encoders.entries()) requireThreshold(file, config.kind, layer);
  return 'jumprelu';
}

async function listFolder(dir: string): Promise<string[]> {
  try {
    return await readdir(dir);
  } catch (cause) {
    throw new CircuitError(
      'file-missing',
      `${dir} is not a folder that can be read.`,
      'Give the folder of a dictionary: config.yaml and its .safetensors files.',
      { cause },
    );
  }
}

/** `{stem}_0.safetensors` to the highest number that is there; none may be missing. */
async function openNumbered(
  dir: string,
  names: readonly string[],
  stem: string,
  config: DictionaryConfig,
): Promise<SafetensorsFile[]> {
  const pattern = new RegExp(`^${stem}_(0|[1-9][0-9]{0,5})\\.safetensors$`);
  const count = names.filter(name => pattern.test(name)).length;
  if (count === 0) {
    throw new CircuitError(
      'file-missing',
      `${dir} has no ${stem}_0.safetensors, which ${config.path} ("model_kind") asks for.`,
      'Fetch all files of the dictionary.',
    );
  }
  // As many as there are: a gap in the numbers makes one of these missing, and names it.
  return Promise.all(Array.from({ length: count }, (_, i) => openSafetensors(join(dir, `${stem}_${i}.safetensors`))));
}
