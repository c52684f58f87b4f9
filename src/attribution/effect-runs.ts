/** One target's direct effects on their own: runs of neighbouring sources. Sources in no run have none. */
export interface EffectRuns {
  readonly count: number;
  /** The first source of each run; ascending, and no source is in two runs. */
  readonly nodes: ArrayLike<number>;
  readonly lengths: ArrayLike<number>;
  /** The effects of run i are values[i][starts[i]] and those that follow. */
  readonly values: readonly Float32Array[];
  readonly starts: ArrayLike<number>;
}

/** Some of a target's direct effects, none of them zero. */
export interface CutRow {
  /** Ascending. */
  readonly sources: Uint32Array;
  readonly weights: Float32Array;
  /** Sum of the absolute effects of all sources, those left out too. */
  readonly absoluteSum: number;
}
