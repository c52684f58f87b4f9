/** A token drawn from softmax(logits / temperature), the likeliest at temperature 0, and its probability at 1. */
export function sampleToken(
  logits: Float32Array,
  temperature: number,
  random: () => number,
): { token: number; probability: number } {
  const plain = softmax(logits, 1);
  const token = temperature === 0 ? indexOfLargest(logits) : draw(softmax(logits, temperature), random());
  return { token, probability: plain[token] };
}

/** softmax(logits / temperature) in float64. [vocabulary] */
export function softmax(logits: Float32Array, temperature: number): Float64Array {
  const largest = logits[indexOfLargest(logits)];
  const weights = Float64Array.from(logits, logit => Math.exp((logit - largest) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map(weight => weight / total);
}

/** The first of the largest. */
export function indexOfLargest(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** The first token at which the cumulative probability exceeds `uniform`, a number in [0, 1). */
function draw(probabilities: Float64Array, uniform: number): number {
  let rest = uniform;
  let last = 0;
  for (let token = 0; token < probabilities.length; token++) {
    if (probabilities[token] === 0) continue;
    rest -= probabilities[token];
    last = token;
    if (rest < 0) break;
  }
  return last;
}
