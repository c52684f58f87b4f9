/** Memory that is used again: fresh arrays for each run of a session would cost as much as the run. */
export class FloatPool {
  readonly #free: Float32Array[] = [];

  /** An array of at least `length`, with any contents. */
  take(length: number): Float32Array {
    // The tightest fit, so that large arrays stay for what needs them.
    let best = -1;
    for (const [i, array] of this.#free.entries()) {
      if (array.length >= length && (best < 0 || array.length < this.#free[best].length)) best = i;
    }
    if (best >= 0) return this.#free.splice(best, 1)[0];
    // What is too small now has had its time: the pool never holds more arrays than were in use at once.
    this.#free.pop();
    return new Float32Array(length);
  }

  /** Gives an array back; nobody may use it any more. */
  give(array: Float32Array): void {
    this.#free.push(array);
  }
}
