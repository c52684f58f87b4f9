/** One target's direct effects: runs of neighbouring sources. Sources in no run have none. */
export interface EffectRow {
  readonly count: number;
  /** The first source of each run; ascending, and no source is in two runs. */
  readonly nodes: Uint32Array;
  readonly lengths: Uint32Array;
  /** The effects of run i are values[i][starts[i]] and those that follow. */
  readonly values: readonly Float32Array[];
  readonly starts: Uint32Array;
  /**
   * The runs lie in memory that is used again after the row has been handed over, unless this is called: it gives them
   * again at any later time, until it is asked for another row of the batch. Undefined where a row is put together anew.
   */
  readonly keep?: (() => () => EffectRow) | undefined;
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
export function absoluteSumOf({ count, lengths, values, starts }: EffectRow): number {
  let sum = 0;
  for (let run = 0; run < count; run++) {
    const effects = values[run];
    const end = starts[run] + lengths[run];
    for (let i = starts[run]; i < end; i++) sum += Math.abs(effects[i]);
  }
  return sum;
}
