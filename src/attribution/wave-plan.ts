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

/** Values of one batch's cotangent: 16 MB. Larger batches were no faster, and leave the processor's caches. */
const BATCH_VALUES = 2 ** 22;
/** Positions are worth separating when a batch keeps enough rows for the matmul kernels. */
const SMALLEST_BATCH = 64;
const LARGEST_NUMBER_OF_BATCHES = 8;

/** Batches by position, so that targets at early positions are not carried through later ones. */
export function planBatches(targets: readonly WaveTarget[], dModel: number): WaveBatch[] {
  const order = Uint32Array.from(targets.keys()).sort((a, b) => targets[a].position - targets[b].position || a - b);
  const byNumber = Math.max(SMALLEST_BATCH, Math.ceil(targets.length / LARGEST_NUMBER_OF_BATCHES));
  const batches: WaveBatch[] = [];
  for (let end = order.length; end > 0;) {
    const nTokens = targets[order[end - 1]].position + 1;
    const rows = Math.min(byNumber, Math.max(1, Math.floor(BATCH_VALUES / (nTokens * dModel))));
    const start = Math.max(0, end - rows);
    const members = order.slice(start, end).sort((a, b) => targets[b].level - targets[a].level || a - b);
    batches.push({ targets: members, nTokens });
    end = start;
  }
  return batches;
}
