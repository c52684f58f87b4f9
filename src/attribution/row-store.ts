import { MagnitudeThreshold } from './cumulative.ts';
import type { SparseMatrix } from './sparse-matrix.ts';

/** One target's direct effects, without what is too small. */
export interface StoredRow {
  /** Ascending. */
  readonly sources: Uint32Array;
  readonly weights: Float32Array;
  /** Sum of the absolute effects of all sources, those left out too. */
  readonly absoluteSum: number;
}

/** From so many sources on a row's strongest effects are looked for with the help of a sample, every 16th. */
const LONG_ROW = 2 ** 16;
const SAMPLED = 16;
/** Of what may be left out, the sample leaves out so much: then it leaves out too much hardly ever. */
const SAMPLE_ROOM = 0.7;

const BLOCK = 2 ** 10;

/** Rows of the adjacency as the waves deliver them; at the end one matrix over the nodes that are kept. */
export class RowStore {
  readonly #keptMass: number;
  readonly #mostEntries: number;
  readonly #threshold = new MagnitudeThreshold();
  readonly #rows = new Map<number, StoredRow>();
  #sample: Float32Array | undefined;
  #blockSums = new Float64Array(0);
  /** Of the row that is being stored. */
  #sources = new Uint32Array(0);
  #weights = new Float32Array(0);

  /**
   * Each row keeps its strongest entries that together hold the share `keptMass` of its absolute sum; 1 keeps
   * everything but zeros. Below 1 a row has at most `mostEntries`.
   */
  constructor(keptMass = 1, mostEntries = Infinity) {
    this.#keptMass = keptMass;
    this.#mostEntries = mostEntries;
  }

  /** Row of node `target`: the effect of source i is effects[i]. */
  set(target: number, effects: Float32Array): void {
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
    this.#rows.set(target, {
      sources: this.#sources.slice(0, count),
      weights: this.#weights.slice(0, count),
      absoluteSum,
    });
  }

  get(target: number): StoredRow | undefined {
    return this.#rows.get(target);
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
    this.#sample ??= new Float32Array(Math.floor(effects.length / SAMPLED));
    const sample = this.#sample;
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

  /** [nodes.length]; sums of the absolute effects on each node of all sources, 0 without a row. */
  absoluteSums(nodes: Uint32Array): Float64Array {
    return Float64Array.from(nodes, node => this.#rows.get(node)?.absoluteSum ?? 0);
  }

  /** The matrix over the nodes `kept` (ascending), of `size` nodes in all before. Empties the store row by row. */
  build(kept: Uint32Array, size: number): SparseMatrix {
    const place = new Int32Array(size).fill(-1);
    kept.forEach((node, i) => (place[node] = i));
    const isWhole = kept.length === size;
    const rowStart = new Uint32Array(kept.length + 1);
    kept.forEach((node, i) => {
      const sources = this.#rows.get(node)?.sources;
      rowStart[i + 1] =
        rowStart[i] + (sources === undefined ? 0 : isWhole ? sources.length : countKept(sources, place));
    });
    const sources = new Uint32Array(rowStart[kept.length]);
    const weights = new Float32Array(rowStart[kept.length]);
    let next = 0;
    for (const node of kept) {
      const row = this.#rows.get(node);
      if (row === undefined) continue;
      this.#rows.delete(node);
      if (isWhole) {
        sources.set(row.sources, next);
        weights.set(row.weights, next);
        next += row.sources.length;
        continue;
      }
      for (let entry = 0; entry < row.sources.length; entry++) {
        const source = place[row.sources[entry]];
        if (source < 0) continue;
        sources[next] = source;
        weights[next++] = row.weights[entry];
      }
    }
    return { size: kept.length, rowStart, sources, weights };
  }
}

const NO_SIGN = 0x7fffffff;

/** Of magnitudes the order of the bits is that of the values. */
function bitsOf(values: Float32Array): Int32Array {
  return new Int32Array(values.buffer, values.byteOffset, values.length);
}

/** In two sums, which do not wait for each other. */
function sumOfMagnitudes(values: Float32Array): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i + 1 < values.length; i += 2) {
    even += Math.abs(values[i]);
    odd += Math.abs(values[i + 1]);
  }
  return values.length % 2 === 0 ? even + odd : even + odd + Math.abs(values[values.length - 1]);
}

function countKept(sources: Uint32Array, place: Int32Array): number {
  let count = 0;
  for (let entry = 0; entry < sources.length; entry++) if (place[sources[entry]] >= 0) count++;
  return count;
}
