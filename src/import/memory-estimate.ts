import type { Checkpoint, ModelConfig } from '../checkpoint/index.ts';
import type { Dictionary, DictionaryKind } from '../dictionary/index.ts';
import { WIDENED_VALUES } from '../transformer/weights.ts';

/** What counts of a model, known before its weights are there. */
export interface ModelSize {
  readonly config: ModelConfig;
  readonly totalBytes: number;
  /** Whether weights are stored in 16 bits. */
  readonly narrow: boolean;
}

/** What counts of a dictionary. */
export interface DictionarySize {
  readonly kind: DictionaryKind;
  /** Features of its largest layer. */
  readonly widest: number;
  readonly totalBytes: number;
}

/** What a trace needs, in bytes. */
export interface MemoryEstimate {
  readonly tokens: number;
  /** Assumed active features of a token in a layer. */
  readonly active_per_layer: number;
  readonly active_features: number;
  /** Files that the system maps: they count as cache and give way when memory is short. */
  readonly mapped: number;
  readonly parts: Readonly<Record<string, number>>;
  /** The sum of the parts. */
  readonly private: number;
}

/** Node with ONNX Runtime loaded and small sessions, as measured on Linux x64. */
const PROGRAM_BYTES = 150e6;
const FLOAT = 4;
/** A source's number and its weight. */
const EDGE_BYTES = 8;
/** Source vectors are kept between waves up to here, and read again beyond (src/attribution/sources.ts). */
const SOURCE_CACHE_BYTES = 2 ** 30;
/** Values of a batch of targets on its way, at most (src/attribution/wave-plan.ts), and its copies in a layer. */
const WAVE_VALUES = 2 ** 22;
const WAVE_COPIES = 8;

/**
 * Estimates the memory of a trace of `tokens` positions, `active` features of each token active in each layer: every edge
 * kept (rows and then the matrix), forward values, sources, casts. An upper bound of what grows with the prompt.
 */
export function estimateMemory(
  { model, dictionary }: { readonly model: ModelSize; readonly dictionary: DictionarySize },
  tokens: number,
  active: number,
  maxFeatureNodes: number,
): MemoryEstimate {
  const { config } = model;
  const { nLayers, dModel, nHeads } = config;
  const nActive = Math.round(nLayers * Math.max(0, tokens - 1) * active);
  const rows = Math.min(nActive, maxFeatureNodes);
  const sources = nActive + (nLayers + 1) * tokens;
  // A target sees the positions up to its own and the layers below it: a quarter of all on average, doubled for safety.
  const edges = (rows * sources) / 2;
  const written = dictionary.kind === 'clt' ? (nLayers + 1) / 2 : 1;
  const sourceBytes = (nActive * written + nLayers * tokens) * dModel * FLOAT;
  const parts = {
    program: PROGRAM_BYTES,
    'forward pass': nLayers * (nHeads * tokens ** 2 + 4 * tokens * dModel) * FLOAT,
    encoder: 3 * tokens * dictionary.widest * FLOAT,
    'sources (decoder rows)': Math.min(SOURCE_CACHE_BYTES, sourceBytes) + sourceBytes / nLayers,
    'waves of targets': WAVE_COPIES * FLOAT * Math.min(WAVE_VALUES, (rows + 10) * tokens * dModel),
    'edges before pruning': 2 * edges * EDGE_BYTES,
    'casts of 16-bit weights': model.narrow ? castBytes(config) : 0,
  };
  return {
    tokens,
    active_per_layer: active,
    active_features: nActive,
    mapped: model.totalBytes + dictionary.totalBytes,
    parts,
    private: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** A 16-bit matrix is cast where it is used, a tall one in parts: the largest decides, and the next is cast beside it. */
function castBytes({ vocabularySize, dModel, dMlp }: ModelConfig): number {
  return 2 * Math.max(Math.min(vocabularySize * dModel, WIDENED_VALUES), dMlp * dModel) * FLOAT;
}

export function modelSize({ config, files, totalBytes }: Checkpoint): ModelSize {
  const narrow = files.some(({ entries }) =>
    [...entries.values()].some(({ dtype }) => dtype === 'F16' || dtype === 'BF16'),
  );
  return { config, totalBytes, narrow };
}

export function dictionarySize({ kind, layers, totalBytes }: Dictionary): DictionarySize {
  return { kind, widest: Math.max(...layers.map(({ nFeatures }) => nFeatures)), totalBytes };
}
