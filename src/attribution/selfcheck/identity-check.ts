import { seededRandom } from '../../random.ts';

/** One identity that must hold on any model, and how well it holds here. */
export interface IdentityCheck {
  readonly name: string;
  /** What is compared, in a sentence. */
  readonly description: string;
  /** The largest difference as a share of the largest value that was compared. */
  readonly maxError: number;
  /** What float32 explains, with room to spare. */
  readonly tolerance: number;
  readonly passed: boolean;
}

/** The largest difference between two lists of one length as a share of the largest magnitude; NaN counts as Infinity. */
export class Comparison {
  #worst = 0;
  #largest = 0;

  add(actual: number, expected: number): void {
    const difference = Math.abs(actual - expected);
    this.#worst = Number.isNaN(difference) ? Infinity : Math.max(this.#worst, difference);
    this.#largest = Math.max(this.#largest, Math.abs(expected));
  }

  /** Both of one length. */
  addAll(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
    for (let i = 0; i < expected.length; i++) this.add(actual[i], expected[i]);
  }

  check(name: string, description: string, tolerance: number): IdentityCheck {
    const maxError = this.#worst === 0 ? 0 : this.#worst / this.#largest;
    return { name, description, maxError, tolerance, passed: maxError <= tolerance };
  }
}

/** At most `count` of the numbers below `size`, evenly spread. */
export function spread(size: number, count: number): Uint32Array {
  if (size <= count) return Uint32Array.from({ length: size }, (_, i) => i);
  return Uint32Array.from({ length: count }, (_, i) => Math.floor((i * size) / count));
}

/** `count` numbers from -1 to 1 that look random and are the same on every run. */
export function pseudoRandom(count: number, seed: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => 2 * random() - 1);
}
