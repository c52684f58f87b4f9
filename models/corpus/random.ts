/** A stream of uniform numbers in [0, 1), a pure function of its seed. */
export interface Random {
  next(): number;
}

/** mulberry32 (T. Ettinger, public domain): 32 bits of state, period 2^32, the same numbers on every machine. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return {
    next() {
      state = (state + 0x6d2b79f5) >>> 0;
      let mixed = Math.imul(state ^ (state >>> 15), state | 1);
      mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
      return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
    },
  };
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
