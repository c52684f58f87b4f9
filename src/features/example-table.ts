import type { StateArrays } from './state-arrays.ts';

/** One context in which a feature fires, cut to a window around its peak. */
export interface ActivatingExample {
  /** Names the prefix up to the peak (content-hash.ts): contexts with the same prefix are one data point. */
  readonly prefix: number;
  /** Names the whole text. */
  readonly text: number;
  /** Activation at the peak. */
  readonly value: number;
  /** Position in its sequence of the window's first token. */
  readonly start: number;
  /** Index of the peak in the window. */
  readonly peak: number;
  readonly tokens: Int32Array;
  /** The feature's activation at each token of the window. */
  readonly activations: Float32Array;
}

/**
 * For each feature the `capacity` contexts of highest rank, each prefix (or each text) once. With the activation as rank
 * these are the top examples; with a hash as rank, a sample that does not depend on the order of the corpus.
 */
export class ExampleTable {
  readonly #name: 'top' | 'sample' | 'weighted';
  readonly #once: 'prefix' | 'text';
  readonly #capacity: number;
  readonly #window: number;
  /** [features] */
  readonly #used: Uint16Array;
  readonly #lowestRank: Float64Array;
  /** [features, capacity] */
  readonly #rank: Float64Array;
  readonly #prefix: Float64Array;
  readonly #text: Float64Array;
  readonly #value: Float32Array;
  readonly #start: Int32Array;
  readonly #peak: Uint16Array;
  readonly #length: Uint16Array;
  /** [features, capacity, window] */
  readonly #tokens: Int32Array;
  readonly #activations: Float32Array;

  constructor(
    name: 'top' | 'sample' | 'weighted',
    once: 'prefix' | 'text',
    features: number,
    capacity: number,
    window: number,
  ) {
    this.#name = name;
    this.#once = once;
    this.#capacity = capacity;
    this.#window = window;
    this.#used = new Uint16Array(features);
    this.#lowestRank = new Float64Array(features);
    this.#rank = new Float64Array(features * capacity);
    this.#prefix = new Float64Array(features * capacity);
    this.#text = new Float64Array(features * capacity);
    this.#value = new Float32Array(features * capacity);
    this.#start = new Int32Array(features * capacity);
    this.#peak = new Uint16Array(features * capacity);
    this.#length = new Uint16Array(features * capacity);
    this.#tokens = new Int32Array(features * capacity * window);
    this.#activations = new Float32Array(features * capacity * window);
  }

  static bytesPerFeature(capacity: number, window: number): number {
    return 10 + capacity * (36 + 8 * window);
  }

  /** Where a context of this rank would be kept, or -1: it ranks too low, or its prefix (text) is there already. */
  placeFor(feature: number, rank: number, names: Pick<ActivatingExample, 'prefix' | 'text'>): number {
    const used = this.#used[feature];
    const full = used === this.#capacity;
    if (full && rank <= this.#lowestRank[feature]) return -1;
    const first = feature * this.#capacity;
    const known = this.#once === 'prefix' ? this.#prefix : this.#text;
    let lowest = first;
    for (let slot = first; slot < first + used; slot++) {
      if (known[slot] === names[this.#once]) return -1;
      if (this.#rank[slot] < this.#rank[lowest]) lowest = slot;
    }
    return full ? lowest : first + used;
  }

  /** Stores an example in a place that `placeFor` has just given. */
  put(feature: number, place: number, rank: number, example: ActivatingExample): void {
    const first = feature * this.#capacity;
    if (place === first + this.#used[feature]) this.#used[feature]++;
    this.#rank[place] = rank;
    this.#prefix[place] = example.prefix;
    this.#text[place] = example.text;
    this.#value[place] = example.value;
    this.#start[place] = example.start;
    this.#peak[place] = example.peak;
    this.#length[place] = example.tokens.length;
    this.#tokens.set(example.tokens, place * this.#window);
    this.#activations.set(example.activations, place * this.#window);
    let lowest = Infinity;
    for (let slot = first; slot < first + this.#used[feature]; slot++) lowest = Math.min(lowest, this.#rank[slot]);
    this.#lowestRank[feature] = lowest;
  }

  /** The kept contexts, highest activation first. */
  examples(feature: number): ActivatingExample[] {
    const first = feature * this.#capacity;
    const kept: ActivatingExample[] = [];
    for (let slot = first; slot < first + this.#used[feature]; slot++) {
      const from = slot * this.#window;
      kept.push({
        prefix: this.#prefix[slot],
        text: this.#text[slot],
        value: this.#value[slot],
        start: this.#start[slot],
        peak: this.#peak[slot],
        tokens: this.#tokens.slice(from, from + this.#length[slot]),
        activations: this.#activations.slice(from, from + this.#length[slot]),
      });
    }
    return kept.sort((a, b) => b.value - a.value || a.prefix - b.prefix || a.text - b.text);
  }

  state(): StateArrays {
    return {
      [`${this.#name}.used`]: this.#used,
      [`${this.#name}.lowestRank`]: this.#lowestRank,
      [`${this.#name}.rank`]: this.#rank,
      [`${this.#name}.prefix`]: this.#prefix,
      [`${this.#name}.text`]: this.#text,
      [`${this.#name}.value`]: this.#value,
      [`${this.#name}.start`]: this.#start,
      [`${this.#name}.peak`]: this.#peak,
      [`${this.#name}.length`]: this.#length,
      [`${this.#name}.tokens`]: this.#tokens,
      [`${this.#name}.activations`]: this.#activations,
    };
  }
}
