import type { CutRow, EffectRuns } from './effect-runs.ts';
import type { KeptColumns } from './kept-columns.ts';

/** One target's direct effects as a wave delivers them. */
export interface EffectRow {
  /** Valid until another row of the wave is asked for its own. */
  runs(): EffectRuns;
  /** The sum of all absolute effects. */
  readonly absoluteSum: number;
  /** The effects of the sources that are kept, by column. */
  pick(columns: KeptColumns): CutRow;
  /** Where the effects lie; undefined for a row that was put together. */
  readonly place?: RowPlace | undefined;
}

/** A row in the memory of its batch, which is used again after the row has been handed over, unless `batch.keep` is called. */
export interface RowPlace {
  readonly batch: RowBatch;
  /** Which of the batch's targets it is of. */
  readonly target: number;
}

/** The rows of targets that travelled together. */
export interface RowBatch {
  readonly nTargets: number;
  keep(): void;
  /**
   * Adds factors[target] x |effect| of each source on each target, of the sources 0 to sums.length - 1. All rows together, as
   * they lie in memory: fetching row after row from there takes longer than adding them.
   */
  addMagnitudes(factors: Float64Array, sums: Float64Array): void;
}

/** A row of the effects of all sources, [nSources]. */
export class WholeRow implements EffectRow {
  readonly #effects: Float32Array;

  constructor(effects: Float32Array) {
    this.#effects = effects;
  }

  get absoluteSum(): number {
    return sumOfMagnitudes(this.#effects);
  }

  runs(): EffectRuns {
    const effects = this.#effects;
    return { count: 1, nodes: [0], lengths: [effects.length], values: [effects], starts: [0] };
  }

  pick(columns: KeptColumns): CutRow {
    return { ...columns.ofRuns(this.runs()), absoluteSum: this.absoluteSum };
  }
}

/** Fills `effects`, [nSources]. */
export function spreadRow(row: EffectRow, effects: Float32Array): void {
  const { count, nodes, lengths, values, starts } = row.runs();
  effects.fill(0);
  for (let run = 0; run < count; run++) {
    effects.set(values[run].subarray(starts[run], starts[run] + lengths[run]), nodes[run]);
  }
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
