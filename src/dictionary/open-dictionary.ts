import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openSafetensors, readText, type SafetensorsFile } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { parseDictionaryConfig, type DictionaryConfig } from './dictionary-config.ts';
import { Dictionary, type DictionaryActivation, type DictionaryLayer } from './dictionary.ts';
import { crossLayerTranscoder, perLayerTranscoders, requireThreshold } from './layouts.ts';

/**
 * Opens a dictionary folder in circuit-tracer's layout (see layouts.ts); reads headers only and checks every shape.
 * Errors: `file-missing`, `file-damaged`, `file-unsupported`, naming the file and the tensor or field.
 */
export async function openDictionary(dir: string): Promise<Dictionary> {
  const names = await listFolder(dir);
  const configPath = join(dir, 'config.yaml');
  const configText = await readText(configPath);
  const config = parseDictionaryConfig(configPath, configText);
  const numbered = (stem: string) => openNumbered(dir, names, stem, config);
  let encoders: SafetensorsFile[];
  let files: SafetensorsFile[];
  let layers: DictionaryLayer[];
  if (config.kind === 'plt') {
    files = encoders = await numbered('layer');
    layers = perLayerTranscoders(encoders);
  } else {
    encoders = await numbered('W_enc');
    const decoders = await Promise.all(encoders.map((_, i) => openSafetensors(join(dir, `W_dec_${i}.safetensors`))));
    const skip = names.includes('W_skip.safetensors')
      ? await openSafetensors(join(dir, 'W_skip.safetensors'))
      : undefined;
    files = [...encoders, ...decoders, ...(skip === undefined ? [] : [skip])];
    layers = crossLayerTranscoder(encoders, decoders, skip);
  }
  const activation = activationOf(config, layers, encoders);
  return new Dictionary({
    dir,
    config,
    configText,
    activation,
    dModel: layers[0].wEnc.entry.shape[1],
    // Thresholds beside an explicit topk have no meaning.
    layers: activation === 'jumprelu' ? layers : layers.map(layer => ({ ...layer, threshold: undefined })),
    files,
    featuresDirectory: names.includes('features') ? join(dir, 'features') : undefined,
  });
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
      config.transcoders === undefined
        ? 'Fetch all files of the dictionary.'
        : `Fetch the files that its "transcoders" lists (${config.transcoders[0] ?? 'none'}, ...) as ${stem}_0.safetensors and on.`,
    );
  }
  // As many as there are: a gap in the numbers makes one of these missing, and names it.
  return Promise.all(Array.from({ length: count }, (_, i) => openSafetensors(join(dir, `${stem}_${i}.safetensors`))));
}
