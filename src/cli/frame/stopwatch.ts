/** Wall time in pieces. */
export class Stopwatch {
  #last = performance.now();

  /** Seconds since the last lap, or since the start. */
  lap(): number {
    const now = performance.now();
    const seconds = (now - this.#last) / 1000;
    this.#last = now;
    return seconds;
  }
}
