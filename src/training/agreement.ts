/** How far the next-token distributions of a replacement model are from the original's. */
export interface Agreement {
  /** Positions compared. */
  readonly positions: number;
  /** Share of equal likeliest tokens. */
  readonly topOne: number;
  /** Mean KL(original || replacement) in nats. */
  readonly divergence: number;
}

/** Compares logits row by row; `original` and `replaced` hold [positions, vocabulary] of each sequence. */
export function agreementOf(
  original: readonly Float32Array[],
  replaced: readonly Float32Array[],
  vocabularySize: number,
  firstPosition = 1,
): Agreement {
  let positions = 0;
  let same = 0;
  let divergence = 0;
  original.forEach((logits, sequence) => {
    for (let start = firstPosition * vocabularySize; start < logits.length; start += vocabularySize) {
      const p = logits.subarray(start, start + vocabularySize);
      const q = replaced[sequence].subarray(start, start + vocabularySize);
      if (indexOfLargest(p) === indexOfLargest(q)) same++;
      divergence += kullbackLeibler(p, q);
      positions++;
    }
  });
  return { positions, topOne: same / positions, divergence: divergence / positions };
}

/** KL(softmax(p) || softmax(q)) in nats, in float64. */
function kullbackLeibler(p: Float32Array, q: Float32Array): number {
  const [zp, zq] = [logSumExp(p), logSumExp(q)];
  let total = 0;
  for (let i = 0; i < p.length; i++) total += Math.exp(p[i] - zp) * (p[i] - zp - (q[i] - zq));
  return total;
}

function logSumExp(values: Float32Array): number {
  let most = -Infinity;
  for (const value of values) most = Math.max(most, value);
  let total = 0;
  for (const value of values) total += Math.exp(value - most);
  return most + Math.log(total);
}

function indexOfLargest(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}
