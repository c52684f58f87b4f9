import { priority } from './content-hash.ts';
import type { StateArrays } from './state-arrays.ts';

/** A text of the corpus, cut to a window, with the features that fire in the window. */
export interface PooledText {
  /** Position in its sequence of the window's first token. */
  readonly start: number;
  readonly tokens: Int32Array;
  /** Bit f is set if feature f (numbered through all layers) fires in the window. */
  readonly active: Uint32Array;
}

const SALT = 0x5ca1ab1e;

/**
 * An even sample of the corpus's distinct texts, from which non-activating examples are drawn. A text is known by the
 * hash of all its tokens; those with the lowest hashes stay, whatever the order of the corpus.
 */
export class TextPool {
  readonly #capacity: number;
  readonly #window: number;
  readonly #words: number;
  /** [capacity], in the order of arrival; `#order` sorts it at the end. */
  readonly #rank: Float64Array;
  readonly #start: Int32Array;
  readonly #length: Uint16Array;
  /** [capacity, window] */
  readonly #tokens: Int32Array;
  /** [capacity, words] */
  readonly #active: Uint32Array;
  readonly #used = new Uint32Array(1);
  #highest = -1;

  constructor(features: number, capacity: number, window: number) {
    this.#capacity = capacity;
    this.#window = window;
    this.#words = Math.ceil(features / 32);
    this.#rank = new Float64Array(capacity);
    this.#start = new Int32Array(capacity);
    this.#length = new Uint16Array(capacity);
    this.#tokens = new Int32Array(capacity * window);
    this.#active = new Uint32Array(capacity * this.#words);
  }

  /** Keeps the text if its hash is low enough; the text, to have its active features marked, or undefined. */
  offer(key: number, tokens: Int32Array): PooledText | undefined {
    const rank = priority(key, SALT);
    const used = this.#used[0];
    const full = used === this.#capacity;
    if (full && rank >= this.#highestRank()) return undefined;
    for (let place = 0; place < used; place++) if (this.#rank[place] === rank) return undefined;
    const place = full ? this.#highest : used;
    if (!full) this.#used[0]++;
    this.#rank[place] = rank;
    this.#highest = -1;
    const length = Math.min(tokens.length, this.#window);
    this.#start[place] = priority(key, SALT + 1) % (tokens.length - length + 1);
    this.#length[place] = length;
    this.#tokens.fill(0, place * this.#window, (place + 1) * this.#window);
    this.#tokens.set(tokens.subarray(this.#start[place], this.#start[place] + length), place * this.#window);
    this.#active.fill(0, place * this.#words, (place + 1) * this.#words);
    return this.#text(place);
  }

  /** All kept texts, in the order of their hashes. The arrays are views of the pool. */
  texts(): PooledText[] {
    return Array.from({ length: this.#used[0] }, (_, place) => place)
      .sort((a, b) => this.#rank[a] - this.#rank[b])
      .map(place => this.#text(place));
  }

  state(): StateArrays {
    return {
      'pool.used': this.#used,
      'pool.rank': this.#rank,
      'pool.start': this.#start,
      'pool.length': this.#length,
      'pool.tokens': this.#tokens,
      'pool.active': this.#active,
    };
  }

  #highestRank(): number {
    if (this.#highest < 0) {
      this.#highest = 0;
      for (let place = 1; place < this.#capacity; place++) {
        if (this.#rank[place] > this.#rank[this.#highest]) this.#highest = place;
      }
    }
    return this.#rank[this.#highest];
  }

  #text(place: number): PooledText {
    const from = place * this.#window;
    return {
      start: this.#start[place],
      tokens: this.#tokens.subarray(from, from + this.#length[place]),
      active: this.#active.subarray(place * this.#words, (place + 1) * this.#words),
    };
  }
}

export function firesIn(text: PooledText, feature: number): boolean {
  return ((text.active[feature >>> 5] >>> (feature & 31)) & 1) === 1;
}

export function markFiring(text: PooledText, feature: number): void {
  text.active[feature >>> 5] |= 1 << (feature & 31);
}
