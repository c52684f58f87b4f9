/** The links of a file while it is read: ends as serial numbers of their ids, because nodes may come after links. */
export class LinkColumns {
  readonly #serials = new Map<string, number>();
  #sources = new Uint32Array(1024);
  #targets = new Uint32Array(1024);
  #weights = new Float64Array(1024);
  count = 0;

  add(source: string, target: string, weight: number): void {
    if (this.count === this.#weights.length) this.#grow();
    this.#sources[this.count] = this.#serial(source);
    this.#targets[this.count] = this.#serial(target);
    this.#weights[this.count++] = weight;
  }

  /** The distinct ids that links name, at their serial numbers. */
  get ids(): string[] {
    return [...this.#serials.keys()];
  }

  /** [count] each; sources and targets are serial numbers. */
  get columns(): { sources: Uint32Array; targets: Uint32Array; weights: Float64Array } {
    return {
      sources: this.#sources.subarray(0, this.count),
      targets: this.#targets.subarray(0, this.count),
      weights: this.#weights.subarray(0, this.count),
    };
  }

  #serial(id: string): number {
    const known = this.#serials.get(id);
    if (known !== undefined) return known;
    this.#serials.set(id, this.#serials.size);
    return this.#serials.size - 1;
  }

  #grow(): void {
    const sources = new Uint32Array(2 * this.count);
    const targets = new Uint32Array(2 * this.count);
    const weights = new Float64Array(2 * this.count);
    sources.set(this.#sources);
    targets.set(this.#targets);
    weights.set(this.#weights);
    [this.#sources, this.#targets, this.#weights] = [sources, targets, weights];
  }
}
