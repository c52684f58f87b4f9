/** One target's direct effects: runs of neighbouring sources. Sources in no run have none. */
export interface EffectRow {
  readonly count: number;
  /** The first source of each run; ascending, and no source is in two runs. */
  readonly nodes: Uint32Array;
  readonly lengths: Uint32Array;
  /** The effects of run i are values[i][starts[i]] and those that follow. */
  readonly values: readonly Float32Array[];
  readonly starts: Uint32Array;
  /** The sum of all absolute effects, where it is known. */
  readonly absoluteSum?: number;
  /**
   * The runs lie in memory that is used again after the row has been handed over, unless this is called. Undefined where a
   * row is put together anew.
   */
  readonly keep?: (() => KeptRow) | undefined;
}

/** A row whose effects stay where they were read. */
export interface KeptRow {
  /** Gives the row again, until another one of the batch is asked for. */
  readonly runs: () => EffectRow;
  readonly batch: KeptBatch;
  /** Which of the batch's targets it is of. */
  readonly index: number;
}

/** The rows of the targets that travelled together. */
export interface KeptBatch {
  readonly nTargets: number;
  /**
   * Adds factors[target] x |effect| of each source on each target, of the sources 0 to sums.length - 1. All rows together, as
   * they lie in memory: fetching row after row from there takes several times as long as adding them.
   */
  addMagnitudes(factors: Float64Array, sums: Float64Array): void;
}

/** The effects of all sources, [nSources], as one run. */
export function wholeRow(effects: Float32Array): EffectRow {
  return {
    count: 1,
    nodes: Uint32Array.of(0),
    lengths: Uint32Array.of(effects.length),
    values: [effects],
    starts: Uint32Array.of(0),
  };
}

/** Fills `effects`, [nSources]. */
export function spreadRow({ count, nodes, lengths, values, starts }: EffectRow, effects: Float32Array): void {
  effects.fill(0);
  for (let run = 0; run < count; run++) {
    effects.set(values[run].subarray(starts[run], starts[run] + lengths[run]), nodes[run]);
  }
}

/** The sum of all absolute effects. */
export function absoluteSumOf({ count, lengths, values, starts, absoluteSum }: EffectRow): number {
  if (absoluteSum !== undefined) return absoluteSum;
  let sum = 0;
  for (let run = 0; run < count; run++) sum += sumOfMagnitudes(values[run], starts[run], starts[run] + lengths[run]);
  return sum;
}

/** Of values[start] to values[end - 1]; in four sums, which do not wait for each other. */
export function sumOfMagnitudes(values: Float32Array, start = 0, end = values.length): number {
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 0;
  let i = start;
  for (const last = end - 3; i < last; i += 4) {
    a += Math.abs(values[i]);
    b += Math.abs(values[i + 1]);
    c += Math.abs(values[i + 2]);
    d += Math.abs(values[i + 3]);
  }
  for (; i < end; i++) a += Math.abs(values[i]);
  return a + b + (c + d);
}
