import type { Checkpoint, ModelConfig } from '../../checkpoint/index.ts';
import type { Dictionary } from '../../dictionary/index.ts';

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
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  tokens: number,
  active: number,
  maxFeatureNodes: number,
): MemoryEstimate {
  const { config } = checkpoint;
  const { nLayers, dModel, nHeads } = config;
  const nActive = Math.round(nLayers * Math.max(0, tokens - 1) * active);
  const rows = Math.min(nActive, maxFeatureNodes);
  const sources = nActive + (nLayers + 1) * tokens;
  // A target sees the positions up to its own and the layers below it: a quarter of all on average, doubled for safety.
  const edges = (rows * sources) / 2;
  const written = dictionary.kind === 'clt' ? (nLayers + 1) / 2 : 1;
  const sourceBytes = (nActive * written + nLayers * tokens) * dModel * FLOAT;
  const widest = Math.max(...dictionary.layers.map(({ nFeatures }) => nFeatures));
  const parts = {
    program: PROGRAM_BYTES,
    'forward pass': nLayers * (nHeads * tokens ** 2 + 4 * tokens * dModel) * FLOAT,
    encoder: 3 * tokens * widest * FLOAT,
    'sources (decoder rows)': Math.min(SOURCE_CACHE_BYTES, sourceBytes) + sourceBytes / nLayers,
    'waves of targets': WAVE_COPIES * FLOAT * Math.min(WAVE_VALUES, (rows + 10) * tokens * dModel),
    'edges before pruning': 2 * edges * EDGE_BYTES,
    'casts of 16-bit weights': castBytes(checkpoint, config),
  };
  return {
    tokens,
    active_per_layer: active,
    active_features: nActive,
    mapped: checkpoint.totalBytes + dictionary.totalBytes,
    parts,
    private: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** A 16-bit matrix is cast where it is used: the largest one decides. */
function castBytes({ files }: Checkpoint, { vocabularySize, dModel }: ModelConfig): number {
  const narrow = files.some(({ entries }) =>
    [...entries.values()].some(({ dtype }) => dtype === 'F16' || dtype === 'BF16'),
  );
  return narrow ? vocabularySize * dModel * FLOAT : 0;
}
