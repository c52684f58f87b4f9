import { MagnitudeThreshold } from './cumulative.ts';
import { spreadRow, sumOfMagnitudes, type EffectRow } from './effect-row.ts';
import type { CutRow } from './effect-runs.ts';

/** From so many sources on a row's strongest effects are looked for with the help of a sample, every 16th. */
const LONG_ROW = 2 ** 16;
const SAMPLED = 16;
/** Of what may be left out, the sample leaves out so much: then it leaves out too much hardly ever. */
const SAMPLE_ROOM = 0.7;

const BLOCK = 2 ** 10;

/** Cuts rows down to their strongest entries, in memory that is used again. */
export class RowCutter {
  readonly #keptMass: number;
  readonly #mostEntries: number;
  readonly #threshold = new MagnitudeThreshold();
  #sample: Float32Array | undefined;
  #blockSums = new Float64Array(0);
  #effects = new Float32Array(0);
  #sources = new Uint32Array(0);
  #weights = new Float32Array(0);

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything but zeros. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass: number, mostEntries: number) {
    this.#keptMass = keptMass;
    this.#mostEntries = mostEntries;
  }

  cut(row: EffectRow): CutRow {
    const effects = this.#spread(row);
    if (this.#weights.length < effects.length) {
      this.#sources = new Uint32Array(effects.length);
      this.#weights = new Float32Array(effects.length);
    }
    const absoluteSum = this.#sumBlocks(effects);
    const guess = this.#guess(effects);
    let count = this.#take(effects, guess);
    const isEnough = guess === 0 || sumOfMagnitudes(this.#weights.subarray(0, count)) >= this.#keptMass * absoluteSum;
    if (!isEnough) count = this.#take(effects, 0);
    if (this.#keptMass < 1) count = this.#drop(count, absoluteSum);
    return { sources: this.#sources.slice(0, count), weights: this.#weights.slice(0, count), absoluteSum };
  }

  /** The effects of all sources up to the last that has one. */
  #spread(row: EffectRow): Float32Array {
    const { count, nodes, lengths, values, starts } = row.runs();
    if (count === 0) return new Float32Array(0);
    if (count === 1 && nodes[0] === 0) return values[0].subarray(starts[0], starts[0] + lengths[0]);
    const length = nodes[count - 1] + lengths[count - 1];
    if (this.#effects.length < length) this.#effects = new Float32Array(length);
    const effects = this.#effects.subarray(0, length);
    spreadRow(row, effects);
    return effects;
  }

  /** The sum of all magnitudes; leaves those of the row's blocks in #blockSums. */
  #sumBlocks(effects: Float32Array): number {
    const count = Math.ceil(effects.length / BLOCK);
    if (this.#blockSums.length !== count) this.#blockSums = new Float64Array(count);
    let sum = 0;
    for (let block = 0; block < count; block++) {
      sum += this.#blockSums[block] = sumOfMagnitudes(effects.subarray(block * BLOCK, (block + 1) * BLOCK));
    }
    return sum;
  }

  /**
   * A magnitude that what is kept of a long row surely reaches: from a sample, with room for its error. Most effects are
   * below it, so that all passes but one are over the rest.
   */
  #guess(effects: Float32Array): number {
    if (this.#keptMass === 1 || effects.length < LONG_ROW) return 0;
    const length = Math.floor(effects.length / SAMPLED);
    if (this.#sample === undefined || this.#sample.length < length) this.#sample = new Float32Array(length);
    const sample = this.#sample.subarray(0, length);
    for (let i = 0; i < sample.length; i++) sample[i] = effects[i * SAMPLED];
    const { threshold } = this.#threshold.of(sample, 1 - (1 - this.#keptMass) * SAMPLE_ROOM);
    return Number.isFinite(threshold) ? threshold : 0;
  }

  /**
   * Copies what reaches `least` and is not zero to the front of #sources and #weights; returns how many. Which effects are
   * strong is as good as random, and a branch on it would take several times as long: magnitudes are compared as their
   * bits, and every source is written but counted only where its effect is strong. Blocks of zeros, which sources above or
   * after a target make, are passed over.
   */
  #take(effects: Float32Array, least: number): number {
    const [sources, weights] = [this.#sources, this.#weights];
    const bits = bitsOf(effects);
    const below = Math.max(1, bitsOf(Float32Array.of(least))[0]) - 1;
    let count = 0;
    for (const [block, sum] of this.#blockSums.entries()) {
      if (sum === 0) continue;
      const end = Math.min((block + 1) * BLOCK, bits.length);
      for (let i = block * BLOCK; i < end; i++) {
        sources[count] = i;
        count = (count + ((below - (bits[i] & NO_SIGN)) >>> 31)) | 0;
      }
    }
    for (let i = 0; i < count; i++) weights[i] = effects[sources[i]];
    return count;
  }

  /** Leaves the strongest of the first `count` that are kept of a row with the given sum; returns how many. */
  #drop(count: number, absoluteSum: number): number {
    const [sources, weights] = [this.#sources, this.#weights];
    const strongest = weights.subarray(0, count);
    const { threshold } = this.#threshold.of(strongest, this.#keptMass, this.#mostEntries, absoluteSum);
    const bits = bitsOf(strongest);
    const below = bitsOf(Float32Array.of(threshold))[0] - 1;
    let kept = 0;
    for (let i = 0; i < count; i++) {
      const isKept = (below - (bits[i] & NO_SIGN)) >>> 31;
      sources[kept] = sources[i];
      weights[kept] = weights[i];
      kept = (kept + isKept) | 0;
    }
    return kept;
  }
}

const NO_SIGN = 0x7fffffff;

/** Of magnitudes the order of the bits is that of the values. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}
