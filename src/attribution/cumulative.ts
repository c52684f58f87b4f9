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
  // Summed in the order of the walk below, so that the last bin always reaches the share.
  const total = binSums.reduceRight((sum, value) => sum + value, 0);
  if (total === 0) return Infinity;

  let above = 0;
  let lowest = 0;
  for (let bin = BIN_COUNT - 1; bin >= 0; bin--) {
    if (binSums[bin] === 0) continue;
    lowest = bin;
    if ((above + binSums[bin]) / total >= share) break;
    above += binSums[bin];
  }
  const inBin = scores.filter((score, i) => score > 0 && words[2 * i + HIGH_WORD] >>> BIN_SHIFT === lowest).sort();
  for (let i = inBin.length - 1; i > 0; i--) {
    above += inBin[i];
    if (above / total >= share) return inBin[i];
  }
  return inBin[0];
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
