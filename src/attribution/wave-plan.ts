/** A target of a wave: a vector that is injected at one position, above the MLPs of all layers below `level`. */
export interface WaveTarget {
  /** The layer at whose dictionary input it is injected; the number of layers for a vector at the final norm. */
  readonly level: number;
  readonly position: number;
}

/** Targets that travel together, [tokens, rows, dModel], through the positions up to their last one. */
export interface WaveBatch {
  /** Indices of targets, those of the highest level first: what has been injected at a layer is a prefix. */
  readonly targets: Uint32Array;
  /** A target needs no position after its own. */
  readonly nTokens: number;
}

/** The sizes that a plan follows from. */
export interface WaveSizes {
  readonly dModel: number;
  readonly nSources: number;
}

/** Values of one batch's cotangent: 6 MB. Products of fewer rows are slower; from 8 MB on more is carried through positions in vain. */
export const BATCH_VALUES = 2 ** 20.5;
/** Reading needs some rows to run near the matmul rate, as long as the cotangent stays below 32 MB. */
export const ROWS_FOR_READING = 64;
export const LARGEST_BATCH_VALUES = 2 ** 23;
/** Effects of a batch: 128 MB, as long as there are rows for reading. */
const LARGEST_BATCH_EFFECTS = 2 ** 25;
/** What a layer costs a batch beside its rows (calls, packing of weights), in values of cotangents that take as long. */
const VALUES_OF_A_LAYER = 2 ** 17;
/** Cotangents and effects of the batches that are on their way at once. */
const WAVE_BYTES = 2 ** 30;

/**
 * The cheapest of several divisions. Targets are ordered by position and divided into bands, so that those at early
 * positions are not carried through later ones, and each band by level, so that those of low levels come late into few
 * batches instead of a few at a time into all: many bands do least work, few have the fullest batches.
 */
export function planBatches(targets: readonly WaveTarget[], sizes: WaveSizes): WaveBatch[] {
  const byPosition = Uint32Array.from(targets.keys()).sort(
    (a, b) => targets[b].position - targets[a].position || targets[b].level - targets[a].level || a - b,
  );
  let best: WaveBatch[] = [];
  let lowest = Infinity;
  for (let bands = 1; bands <= targets.length; bands *= 2) {
    const batches = Array.from({ length: bands }, (_, band) => {
      const [start, end] = [band, band + 1].map(edge => Math.round((edge * targets.length) / bands));
      return batchesOfBand(byPosition.subarray(start, end), targets, sizes);
    }).flat();
    const cost = batches.reduce((sum, batch) => sum + costOf(batch, targets, sizes), 0);
    if (cost < lowest) [best, lowest] = [batches, cost];
    // Each band is one batch already: those of more bands would be less full.
    if (batches.length <= bands) break;
  }
  return best;
}

/** Batches of one size, by level. members: targets, those of the last position first. */
function batchesOfBand(
  members: Uint32Array,
  targets: readonly WaveTarget[],
  { dModel, nSources }: WaveSizes,
): WaveBatch[] {
  const rowValues = (targets[members[0]].position + 1) * dModel;
  const forReading = Math.min(ROWS_FOR_READING, LARGEST_BATCH_VALUES / rowValues);
  const inCache = Math.min(BATCH_VALUES / rowValues, LARGEST_BATCH_EFFECTS / nSources);
  const rows = Math.max(1, Math.floor(Math.max(inCache, forReading)));
  const count = Math.ceil(members.length / rows);
  const byLevel = members.slice().sort((a, b) => targets[b].level - targets[a].level || a - b);
  return Array.from({ length: count }, (_, batch) => {
    const [start, end] = [batch, batch + 1].map(edge => Math.round((edge * members.length) / count));
    const part = byLevel.subarray(start, end);
    return { targets: part, nTokens: part.reduce((last, target) => Math.max(last, targets[target].position), 0) + 1 };
  });
}

/** Values of cotangents that a batch moves through all layers, and what it costs to do so. */
function costOf(batch: WaveBatch, targets: readonly WaveTarget[], { dModel }: WaveSizes): number {
  const rowLevels = batch.targets.reduce((sum, target) => sum + targets[target].level + 1, 0);
  return rowLevels * batch.nTokens * dModel + (targets[batch.targets[0]].level + 1) * VALUES_OF_A_LAYER;
}

/** Batches that descend together, or whose vectors are read together: as many as memory allows. */
export function planDescents(batches: readonly WaveBatch[], { dModel, nSources }: WaveSizes): WaveBatch[][] {
  const descents: WaveBatch[][] = [];
  let bytes = Infinity;
  for (const batch of batches) {
    const needed = 4 * batch.targets.length * (batch.nTokens * dModel + nSources);
    if (bytes + needed > WAVE_BYTES) {
      descents.push([]);
      bytes = 0;
    }
    descents[descents.length - 1].push(batch);
    bytes += needed;
  }
  return descents;
}
