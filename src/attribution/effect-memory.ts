import { newMemory, type ArrayMemory } from './trace-memory.ts';

/** Values of a piece: 4 MB. */
const PIECE_VALUES = 2 ** 20;

interface Piece {
  readonly values: Float32Array;
  /** Whether it is the rest of an array of which a part is kept. */
  readonly isRest: boolean;
}

/** Memory for what the batches of a wave read, in large pieces. It is used again, unless it is kept. */
export class EffectMemory {
  readonly #memory: ArrayMemory;
  #pieces: Piece[] = [];
  #current = 0;
  #used = 0;
  #isKept = false;

  constructor(memory = newMemory) {
    this.#memory = memory;
  }

  /** An array with any contents, which stays until `release`. */
  take(length: number): Float32Array {
    while (this.#current < this.#pieces.length && this.#pieces[this.#current].values.length - this.#used < length) {
      this.#current++;
      this.#used = 0;
    }
    if (this.#current === this.#pieces.length) {
      this.#pieces.push({ values: this.#memory.take(Math.max(length, PIECE_VALUES)), isRest: false });
    }
    return this.#pieces[this.#current].values.subarray(this.#used, (this.#used += length));
  }

  /** What was taken since the last `release` stays with those who have it. */
  keep(): void {
    this.#isKept = true;
  }

  /** Nobody needs what was taken, but for what is kept. */
  release(): void {
    if (this.#isKept && this.#current < this.#pieces.length) {
      const [{ values }, ...later] = this.#pieces.slice(this.#current);
      this.#pieces = [{ values: values.subarray(this.#used), isRest: true }, ...later];
    }
    this.#current = 0;
    this.#used = 0;
    this.#isKept = false;
  }

  /** The wave is over: what is not kept is for others. */
  end(): void {
    for (const { values, isRest } of this.#pieces) if (!isRest) this.#memory.give(values);
    this.#pieces = [];
  }
}
