/** Dense float64 tensors for tests: what the interpreter of graphs computes with. */

/** Row-major; integers and booleans are numbers too (0 or 1). */
export interface NumberTensor {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, 1);
}

/** A tensor whose element at each index is `value(index, flat index)`. */
export function fill(
  shape: readonly number[],
  value: (index: readonly number[], flat: number) => number,
): NumberTensor {
  const data = new Float64Array(sizeOf(shape));
  const index: number[] = shape.map(() => 0);
  for (let flat = 0; flat < data.length; flat++) {
    data[flat] = value(index, flat);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return { shape, data };
}

/** The element at an index that is aligned at the right; axes of size 1 stretch. */
export function at({ shape, data }: NumberTensor, index: readonly number[]): number {
  let offset = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    const i = index[index.length - shape.length + axis];
    offset = offset * shape[axis] + (shape[axis] === 1 ? 0 : i);
  }
  return data[offset];
}

/** The shape that NumPy's rules of broadcasting give. */
export function broadcastShapes(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map(shape => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map(shape => shape[axis - rank + shape.length] ?? 1).filter(size => size !== 1);
    if (new Set(sizes).size > 1) throw new Error(`shapes ${shapes.map(s => `[${s.join()}]`).join(' ')} differ`);
    return sizes[0] ?? 1;
  });
}

export function maxAbs(values: Iterable<number>): number {
  let largest = 0;
  for (const value of values) {
    if (Number.isNaN(value)) return NaN;
    largest = Math.max(largest, Math.abs(value));
  }
  return largest;
}

/** max |actual - expected| / max |expected|; 0 when both are zero everywhere, infinite when their lengths differ. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  const largest = maxAbs(Array.from(expected));
  const difference = maxAbs(Array.from(expected, (value, i) => (value === actual[i] ? 0 : value - actual[i])));
  return difference === 0 ? 0 : difference / largest;
}

/**
 * erf to the last digits of float64: 2/sqrt(pi) exp(-x^2) sum_n 2^n x^(2n+1) / (1 3 5 .. (2n+1)), Abramowitz & Stegun
 * 7.1.6, whose terms all have the same sign.
 */
export function erf(x: number): number {
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-18 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}
