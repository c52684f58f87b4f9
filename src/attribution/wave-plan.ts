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

/** Values of one batch's cotangent: at 4 MB it stays in the processor's caches; larger ones were slower. */
const BATCH_VALUES = 2 ** 20;
/** Reading needs some rows to run near the matmul rate, as long as the cotangent stays below 32 MB. */
const ROWS_FOR_READING = 64;
const LARGEST_BATCH_VALUES = 2 ** 23;
/** Effects of a batch: 128 MB, as long as there are rows for reading. */
const LARGEST_BATCH_EFFECTS = 2 ** 25;
/** Positions are worth separating when a batch keeps enough rows. */
const ROWS_WORTH_SEPARATING = 64;
const SEPARATE_BATCHES = 8;
/** Cotangents and effects of the batches that are on their way at once. */
const WAVE_BYTES = 2 ** 30;

/** Batches by position, so that targets at early positions are not carried through later ones. */
export function planBatches(targets: readonly WaveTarget[], { dModel, nSources }: WaveSizes): WaveBatch[] {
  const order = Uint32Array.from(targets.keys()).sort((a, b) => targets[a].position - targets[b].position || a - b);
  const toSeparate = Math.max(ROWS_WORTH_SEPARATING, Math.ceil(targets.length / SEPARATE_BATCHES));
  const batches: WaveBatch[] = [];
  for (let end = order.length; end > 0;) {
    const nTokens = targets[order[end - 1]].position + 1;
    const rowValues = nTokens * dModel;
    const forReading = Math.min(ROWS_FOR_READING, LARGEST_BATCH_VALUES / rowValues);
    const inCache = Math.min(BATCH_VALUES / rowValues, LARGEST_BATCH_EFFECTS / nSources);
    const rows = Math.min(toSeparate, Math.max(1, Math.floor(Math.max(inCache, forReading))));
    const start = Math.max(0, end - rows);
    const members = order.slice(start, end).sort((a, b) => targets[b].level - targets[a].level || a - b);
    batches.push({ targets: members, nTokens });
    end = start;
  }
  return batches;
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
