/** Sign and exponent of a float64 and the upper 6 bits of its fraction: values in one bin differ by at most 1/64. */
const BIN_SHIFT = 14;
const BIN_COUNT = 2 ** (31 - BIN_SHIFT);
/** Which half of a float64 holds the exponent. Every platform with an ONNX Runtime build is little-endian. */
const HIGH_WORD = 1;

/**
 * The smallest score that belongs to the strongest ones which together hold `share` of the sum: sorted descending, the
 * value at searchsorted(cumsum / sum, share), as circuit-tracer's `find_threshold`. Instead of a sort of all scores
 * (its memory and time fail first on long prompts) one histogram finds the bin where the share is reached, and only
 * that bin is sorted. Scores are >= 0; zeros are passed over: the result is positive, or Infinity if all are zero.
 */
export function cumulativeThreshold(scores: Float64Array, share: number): number {
  const words = new Uint32Array(scores.buffer, scores.byteOffset, 2 * scores.length);
  const binSums = new Float64Array(BIN_COUNT);
  for (let i = 0; i < scores.length; i++) binSums[words[2 * i + HIGH_WORD] >>> BIN_SHIFT] += scores[i];
  const { bin, above, total } = binOfShare(binSums, share);
  if (total === 0) return Infinity;
  const inBin = sortedBin(scores, words, bin);
  return shareWithin(inBin.subarray(inBin.findIndex(score => score > 0)), above, total, share);
}

/** The n-th largest score, n from 1; scores are >= 0. The bin that holds it is found first, and only that is sorted. */
export function nthLargest(scores: Float64Array, n: number): number {
  const words = new Uint32Array(scores.buffer, scores.byteOffset, 2 * scores.length);
  const counts = new Uint32Array(BIN_COUNT);
  for (let i = 0; i < scores.length; i++) counts[words[2 * i + HIGH_WORD] >>> BIN_SHIFT]++;
  let bin = BIN_COUNT - 1;
  let above = 0;
  while (above + counts[bin] < n) above += counts[bin--];
  const inBin = sortedBin(scores, words, bin);
  return inBin[inBin.length - (n - above)];
}

/** The scores of one bin, ascending; words: the same memory. */
function sortedBin(scores: Float64Array, words: Uint32Array, bin: number): Float64Array {
  const isIn = (i: number): boolean => words[2 * i + HIGH_WORD] >>> BIN_SHIFT === bin;
  let count = 0;
  for (let i = 0; i < scores.length; i++) if (isIn(i)) count++;
  const inBin = new Float64Array(count);
  for (let i = 0, next = 0; next < count; i++) if (isIn(i)) inBin[next++] = scores[i];
  return inBin.sort();
}

/** Sign dropped: exponent of a float32 and the upper 4 bits of its fraction. */
const ROW_BIN_SHIFT = 19;
const ROW_BIN_COUNT = 2 ** (31 - ROW_BIN_SHIFT);
const NO_SIGN = 0x7fffffff;

/** `cumulativeThreshold` of the magnitudes of float32 rows, one after the other, in memory that is used again. */
export class MagnitudeThreshold {
  readonly #binSums = new Float64Array(ROW_BIN_COUNT);

  /**
   * The threshold, raised where more than `most` values would reach it, and the sum of all magnitudes: `whole`, where
   * `values` are only the strongest of a row, but enough of them to hold the share.
   */
  of(values: Float32Array, share: number, most = Infinity, whole?: number): { threshold: number; total: number } {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const binSums = this.#binSums.fill(0);
    for (let i = 0; i < values.length; i++) binSums[(bits[i] & NO_SIGN) >>> ROW_BIN_SHIFT] += Math.abs(values[i]);
    const { bin, above, total } = binOfShare(binSums, share, whole);
    if (total === 0) return { threshold: Infinity, total };
    const inBin: number[] = [];
    for (let i = 0; i < values.length; i++) {
      if ((bits[i] & NO_SIGN) >>> ROW_BIN_SHIFT === bin && values[i] !== 0) inBin.push(Math.abs(values[i]));
    }
    const threshold = shareWithin(Float32Array.from(inBin).sort(), above, total, share);
    return { threshold: values.length > most ? Math.max(threshold, floorOfStrongest(bits, most)) : threshold, total };
  }
}

/** Where the highest bins begin that hold at most `most` values together; the highest one that holds any is among them. */
function floorOfStrongest(bits: Uint32Array, most: number): number {
  const counts = new Uint32Array(ROW_BIN_COUNT);
  for (let i = 0; i < bits.length; i++) counts[(bits[i] & NO_SIGN) >>> ROW_BIN_SHIFT]++;
  let bin = ROW_BIN_COUNT;
  let count = 0;
  while (bin > 0 && (count === 0 || count + counts[bin - 1] <= most)) count += counts[--bin];
  return new Float32Array(Uint32Array.of(bin << ROW_BIN_SHIFT).buffer)[0];
}

/** The bin, from the highest down, in which the share of the sum is reached, and the sums above it and of all (`whole`). */
function binOfShare(
  binSums: Float64Array,
  share: number,
  whole?: number,
): { bin: number; above: number; total: number } {
  // Summed in the order of the walk below, so that the last bin always reaches the share.
  const total = whole ?? binSums.reduceRight((sum, ofBin) => sum + ofBin, 0);
  let above = 0;
  let bin = 0;
  for (let i = binSums.length - 1; i >= 0; i--) {
    if (binSums[i] === 0) continue;
    bin = i;
    if ((above + binSums[i]) / total >= share) break;
    above += binSums[i];
  }
  return { bin, above, total };
}

/** Of the ascending values of one bin the largest with which what is above it reaches the share. */
function shareWithin(ascending: Float64Array | Float32Array, above: number, total: number, share: number): number {
  for (let i = ascending.length - 1; i > 0; i--) {
    above += ascending[i];
    if (above / total >= share) return ascending[i];
  }
  return ascending[0];
}

/** [n]; for each score the share of the sum that it and all larger ones hold (ties in the order given). */
export function cumulativeFractions(scores: Float64Array): Float64Array {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[b] - scores[a] || a - b);
  const total = order.reduce((sum, i) => sum + scores[i], 0);
  const fractions = new Float64Array(scores.length);
  let sum = 0;
  for (const i of order) {
    sum += scores[i];
    fractions[i] = total === 0 ? 0 : sum / total;
  }
  return fractions;
}
