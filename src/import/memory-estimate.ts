import { FREE_CANDIDATES, WAVES } from '../attribution/budget.ts';
import { BATCH_VALUES, LARGEST_BATCH_VALUES, ROWS_FOR_READING } from '../attribution/wave-plan.ts';
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

/** Node with ONNX Runtime loaded, and what the sessions of a layer take beside weights; as measured on Linux x64. */
export const PROGRAM_BYTES = 150e6;
export const SESSION_BYTES = 1.6e7;
export const FLOAT = 4;
/** A source's number and its weight. */
export const EDGE_BYTES = 8;
/** Of the sources a target sees those at its position and before it, in the layers below it: more than half is rare. */
const SEEN = 0.6;
/** Effects of large graphs are stored up to here (src/attribution/attribute.ts). */
const EXACT_ENTRIES = 5e7;
export const STORED_ENTRIES = 2e8;
/** What one wave has left and the next has read, until the garbage is collected: rows, and source vectors of layers. */
const WAVES_KEPT = 1.5;
const COPIES_KEPT = 2;
const COPIES_PASSING = 3;
/** Source vectors are kept between waves up to here, and read again beyond (src/attribution/sources.ts). */
const SOURCE_CACHE_BYTES = 2 ** 30;
/** Batches that descend together then (src/attribution/wave-plan.ts). */
const DESCENT_BYTES = 2 ** 30;
/** Copies of a batch of targets on its way, in a layer; as measured (test/unit/bench/large-model.test.ts). */
export const BATCH_COPIES = 10;
/** Matrices that are widened one after the other, in memory that grows by powers of two. */
const CAST_COPIES = 3;

/**
 * Estimates the memory of a first trace of `tokens` positions, `active` features of each token active in each layer. An
 * upper estimate: what was measured lay between .45 and 1 times it (docs/benchmarks.md).
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
  const kept = Math.min(nActive, maxFeatureNodes);
  const rows = nActive > kept ? Math.min(nActive, Math.max(FREE_CANDIDATES, kept)) : nActive;
  const others = (nLayers + 1) * tokens;
  const stored = storedEdges(rows, kept, nActive, others);
  const parts = {
    program: PROGRAM_BYTES + nLayers * SESSION_BYTES,
    'forward pass': nLayers * (nHeads * tokens ** 2 + 4 * tokens * dModel) * FLOAT,
    encoder: 3 * tokens * dictionary.widest * FLOAT,
    'sources (decoder rows)': 0,
    'waves of targets': BATCH_COPIES * FLOAT * batchValues(rows, tokens * dModel),
    'edges before pruning': (stored + Math.min(stored, (kept * (kept + others)) / 2)) * EDGE_BYTES,
    'casts of 16-bit weights': model.narrow ? castBytes(config) : 0,
  };
  const written = dictionary.kind === 'clt' ? (nLayers + 1) / 2 : 1;
  const sourceBytes = (nActive * written + nLayers * tokens) * dModel * FLOAT;
  if (sourceBytes <= SOURCE_CACHE_BYTES) {
    parts['sources (decoder rows)'] = COPIES_KEPT * sourceBytes;
  } else {
    // The last layer of a cross-layer transcoder has twice as many as the middle one.
    const largest = (dictionary.kind === 'clt' ? 2 : 1) * (sourceBytes / nLayers);
    parts['sources (decoder rows)'] = COPIES_PASSING * largest;
    const perWave = rows === nActive ? rows : rows / WAVES;
    const together = Math.min(perWave, DESCENT_BYTES / FLOAT / (tokens * dModel + nActive + others));
    // Effects of what writes in several layers are added up in memory of their own before they are whole.
    const sums = dictionary.kind === 'clt' ? SEEN * nActive : 0;
    parts['waves of targets'] += together * FLOAT * (tokens * dModel + sums + SEEN ** 2 * nActive + others);
  }
  return {
    tokens,
    active_per_layer: active,
    active_features: nActive,
    mapped: model.totalBytes + dictionary.totalBytes,
    parts,
    private: Object.values(parts).reduce((sum, bytes) => sum + bytes, 0),
  };
}

/** Where there are more features than rows and no more rows than are kept, those of the last wave have the graph's edges alone. */
function storedEdges(rows: number, kept: number, nActive: number, others: number): number {
  const ofAll = (some: number): number => SEEN * some * (nActive + others);
  const most =
    rows === nActive || rows > kept
      ? ofAll(rows)
      : Math.max(ofAll((WAVES_KEPT * rows) / WAVES), SEEN * rows * (rows + others));
  return rows * (nActive + others) > EXACT_ENTRIES ? Math.min(STORED_ENTRIES, most) : most;
}

export function batchValues(rows: number, values: number): number {
  const forReading = Math.min(ROWS_FOR_READING * values, LARGEST_BATCH_VALUES);
  return Math.min((rows + 10) * values, Math.max(BATCH_VALUES, forReading));
}

/** A 16-bit matrix is cast where it is used, a tall one in parts: the largest decides. */
export function castBytes({ vocabularySize, dModel, dMlp }: ModelConfig): number {
  return CAST_COPIES * Math.max(Math.min(vocabularySize * dModel, WIDENED_VALUES), dMlp * dModel) * FLOAT;
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
