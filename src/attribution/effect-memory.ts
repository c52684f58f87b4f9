import { newMemory, type TakeMemory } from './trace-memory.ts';

/** Values of a piece: 4 MB. */
const PIECE_VALUES = 2 ** 20;

/** Memory for what the batches of a wave read, in large pieces. It is used again, unless it is kept. */
export class EffectMemory {
  readonly #takePiece: TakeMemory;
  #pieces: Float32Array[] = [];
  #current = 0;
  #used = 0;
  #isKept = false;

  constructor(takePiece = newMemory) {
    this.#takePiece = takePiece;
  }

  /** An array with any contents, which stays until `release`. */
  take(length: number): Float32Array {
    while (this.#current < this.#pieces.length && this.#pieces[this.#current].length - this.#used < length) {
      this.#current++;
      this.#used = 0;
    }
    if (this.#current === this.#pieces.length) this.#pieces.push(this.#takePiece(Math.max(length, PIECE_VALUES)));
    return this.#pieces[this.#current].subarray(this.#used, (this.#used += length));
  }

  /** What was taken since the last `release` stays with those who have it. */
  keep(): void {
    this.#isKept = true;
  }

  /** Nobody needs what was taken, but for what is kept. */
  release(): void {
    if (this.#isKept)
      this.#pieces = this.#pieces.slice(this.#current, this.#current + 1).map(piece => piece.subarray(this.#used));
    this.#current = 0;
    this.#used = 0;
    this.#isKept = false;
  }
}
