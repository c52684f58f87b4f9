import fc from 'fast-check';

export interface RandomGraph {
  readonly size: number;
  /** [size, size], rows = targets; acyclic, in a scrambled order. */
  readonly dense: Float32Array;
  readonly logitWeights: Float64Array;
  readonly kinds: string[];
  readonly kept: Uint8Array;
}

/** Small whole weights too, so that ties and cancelling inputs occur; none so small that the normalisation clamps. */
const weight = fc.oneof(
  fc.constant(0),
  fc.integer({ min: -5, max: 5 }),
  fc.double({ min: 0.001, max: 9, noNaN: true }),
  fc.double({ min: -9, max: -0.001, noNaN: true }),
);

/** Acyclic graphs of up to 14 nodes. */
export function acyclicGraph(): fc.Arbitrary<RandomGraph> {
  return fc.integer({ min: 1, max: 14 }).chain(size =>
    fc
      .record({
        order: fc.shuffledSubarray(
          Array.from({ length: size }, (_, i) => i),
          { minLength: size },
        ),
        weights: fc.array(weight, {
          minLength: size * size,
          maxLength: size * size,
        }),
        logits: fc.integer({ min: 1, max: size }),
        probabilities: fc.array(fc.double({ min: 0.01, max: 1, noNaN: true }), { minLength: size, maxLength: size }),
        kinds: fc.array(fc.constantFrom<string>('feature', 'error', 'token', 'bias'), {
          minLength: size,
          maxLength: size,
        }),
        kept: fc.uint8Array({ minLength: size, maxLength: size, max: 1 }),
      })
      .map(({ order, weights, logits, probabilities, kinds, kept }) => {
        // Place p of `order` may take inputs from later places only; the first `logits` places are logits.
        const dense = new Float32Array(size * size);
        const logitWeights = new Float64Array(size);
        for (let place = 0; place < size; place++) {
          if (place < logits) {
            kinds[order[place]] = 'logit';
            logitWeights[order[place]] = probabilities[place];
          }
          for (let later = Math.max(place + 1, logits); later < size; later++) {
            dense[order[place] * size + order[later]] = weights[place * size + later];
          }
        }
        return { size, dense, logitWeights, kinds, kept };
      }),
  );
}

/** w N + w N^2 + ... term by term on the dense matrix, as circuit-tracer adds it. */
export function powerSeries(dense: Float32Array, size: number, logitWeights: Float64Array): Float64Array {
  const normalised = normalise(dense, size);
  let term = logitWeights;
  const sum = new Float64Array(size);
  while (term.some(value => value !== 0)) {
    const next = new Float64Array(size);
    for (let i = 0; i < size * size; i++) next[i % size] += term[Math.floor(i / size)] * normalised[i];
    next.forEach((value, i) => (sum[i] += value));
    term = next;
  }
  return sum;
}

export function normalise(dense: Float32Array, size: number): Float64Array {
  const absolute = Float64Array.from(dense, Math.abs);
  for (let row = 0; row < size; row++) {
    const cells = absolute.subarray(row * size, (row + 1) * size);
    const total = Math.max(
      cells.reduce((a, b) => a + b, 0),
      1e-10,
    );
    cells.forEach((value, i) => (cells[i] = value / total));
  }
  return absolute;
}
