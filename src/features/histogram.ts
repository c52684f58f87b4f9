import type { StateArrays } from './state-arrays.ts';

/** At least half of the bins lie below the largest value, so 512 or more stand behind the 50 that are shown. */
const FINE_BINS = 1024;

/**
 * Histograms of positive values, one for each feature, in one pass without knowing the largest value beforehand: bins of
 * a power-of-two width, from 0; a value beyond the last bin doubles the width by adding neighbours, which is exact.
 */
export class AdaptiveHistograms {
  readonly #counts: Uint32Array;
  /** The bins of feature f are 2^exponent[f] wide. */
  readonly #exponent: Int16Array;
  readonly #max: Float32Array;

  constructor(features: number) {
    this.#counts = new Uint32Array(features * FINE_BINS);
    this.#exponent = new Int16Array(features);
    this.#max = new Float32Array(features);
  }

  static bytesPerFeature = FINE_BINS * 4;

  add(feature: number, value: number): void {
    if (this.#max[feature] === 0) this.#exponent[feature] = Math.ceil(Math.log2(value / FINE_BINS));
    if (value > this.#max[feature]) this.#max[feature] = value;
    let bin = Math.floor(value * 2 ** -this.#exponent[feature]);
    while (bin >= FINE_BINS) {
      this.#double(feature);
      bin >>= 1;
    }
    this.#counts[feature * FINE_BINS + bin]++;
  }

  max(feature: number): number {
    return this.#max[feature];
  }

  /**
   * Counts in `bins` equal bins over [0, max]. A fine bin on a boundary goes where its middle lies, so the boundaries
   * are exact to a thousandth of the range.
   */
  rebinned(feature: number, bins: number): number[] {
    const result = new Array<number>(bins).fill(0);
    const max = this.#max[feature];
    if (max === 0) return result;
    for (const { low, high, count } of this.fineBins(feature)) {
      const middle = (low + Math.min(high, max)) / 2;
      result[Math.min(bins - 1, Math.floor((middle / max) * bins))] += count;
    }
    return result;
  }

  /** The values below which the given shares of the values lie, interpolated inside a fine bin; 0 for an empty feature. */
  quantiles(feature: number, shares: readonly number[]): number[] {
    const fine = this.fineBins(feature);
    const total = fine.reduce((sum, { count }) => sum + count, 0);
    return shares.map(share => {
      let below = 0;
      for (const { low, high, count } of fine) {
        if (below + count >= share * total) {
          return low + (Math.min(high, this.#max[feature]) - low) * ((share * total - below) / count);
        }
        below += count;
      }
      return this.#max[feature];
    });
  }

  /** The bins that hold something, from the lowest. */
  fineBins(feature: number): { low: number; high: number; count: number }[] {
    const width = 2 ** this.#exponent[feature];
    const filled: { low: number; high: number; count: number }[] = [];
    for (let bin = 0; bin < FINE_BINS; bin++) {
      const count = this.#counts[feature * FINE_BINS + bin];
      if (count > 0) filled.push({ low: bin * width, high: (bin + 1) * width, count });
    }
    return filled;
  }

  state(): StateArrays {
    return { 'histogram.counts': this.#counts, 'histogram.exponent': this.#exponent, 'histogram.max': this.#max };
  }

  #double(feature: number): void {
    const counts = this.#counts.subarray(feature * FINE_BINS, (feature + 1) * FINE_BINS);
    for (let bin = 0; bin < FINE_BINS / 2; bin++) counts[bin] = counts[2 * bin] + counts[2 * bin + 1];
    counts.fill(0, FINE_BINS / 2);
    this.#exponent[feature]++;
  }
}
