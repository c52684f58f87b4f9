import { seededRandom } from '../../src/random.ts';

/** A stream of uniform numbers in [0, 1), a pure function of its seed. */
export interface Random {
  next(): number;
}

export function createRandom(seed: number): Random {
  return { next: seededRandom(seed) };
}

/** A uniform integer in [0, bound). */
export function below(random: Random, bound: number): number {
  return Math.floor(random.next() * bound);
}

export function chance(random: Random, probability: number): boolean {
  return random.next() < probability;
}

/** One item, uniformly. The list must not be empty. */
export function pick<T>(random: Random, items: readonly T[]): T {
  return items[below(random, items.length)];
}

/** Two different items, uniformly, in random order. The list must hold at least two. */
export function pickTwo<T>(random: Random, items: readonly T[]): [T, T] {
  const first = below(random, items.length);
  const second = below(random, items.length - 1);
  return [items[first], items[second < first ? second : second + 1]];
}

/** A shuffled copy (Fisher-Yates). */
export function shuffled<T>(random: Random, items: readonly T[]): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const j = below(random, i + 1);
    [copy[i], copy[j]] = [copy[j], copy[i]];
  }
  return copy;
}
