/** Where large arrays come from. */
export interface ArrayMemory {
  /** An array of at least `length`, with any contents. */
  readonly take: (length: number) => Float32Array;
  /** Gives one back that was taken: nobody may use it any more. What is never given back is only not used again. */
  readonly give: (array: Float32Array) => void;
}

export const newMemory: ArrayMemory = { take: length => new Float32Array(length), give: () => undefined };

/** An array is used for what needs at least so much of it: the others wait for what is larger. */
const LEAST_USE = 1 / 2;

/** What a trace has of the memory of all. */
export interface LentMemory extends ArrayMemory {
  /** Gives back all that was taken. */
  readonly giveBack: () => void;
}

/**
 * Large arrays that one trace after the other uses. V8 looks through its whole heap each time when 64 MB of arrays have been
 * made (`node --trace-gc`: "external memory pressure"), with threads that the products need. What no trace has used for a while is given back to the system.
 */
export class TraceMemory {
  readonly #mostValues: number;
  readonly #forgetAfterMs: number;
  #free: Float32Array[] = [];
  #forgetting: NodeJS.Timeout | undefined;

  /** Keeps at most so many bytes, and none when no trace ended within the last `forgetAfterMs`. */
  constructor(mostBytes: number, forgetAfterMs: number) {
    this.#mostValues = mostBytes / Float32Array.BYTES_PER_ELEMENT;
    this.#forgetAfterMs = forgetAfterMs;
  }

  lend(): LentMemory {
    clearTimeout(this.#forgetting);
    const taken = new Set<Float32Array>();
    return {
      take: length => {
        const array = this.#find(length) ?? this.#make(length);
        taken.add(array);
        return array;
      },
      give: array => {
        if (taken.delete(array)) this.#keep([array]);
      },
      giveBack: () => {
        this.#keep([...taken]);
        taken.clear();
        this.#forgetLater();
      },
    };
  }

  /** The smallest that fits. */
  #find(length: number): Float32Array | undefined {
    let best = -1;
    for (const [i, array] of this.#free.entries()) {
      if (array.length < length || array.length * LEAST_USE > length) continue;
      if (best < 0 || array.length < this.#free[best].length) best = i;
    }
    return best < 0 ? undefined : this.#free.splice(best, 1)[0];
  }

  /** As much as is made is forgotten of what did not fit. */
  #make(length: number): Float32Array {
    for (let forgotten = 0; forgotten < length && this.#free.length > 0;) forgotten += this.#free.pop()!.length;
    return new Float32Array(length);
  }

  /** What was used last first. */
  #keep(arrays: readonly Float32Array[]): void {
    let values = 0;
    this.#free = [...arrays, ...this.#free].filter(array => (values += array.length) <= this.#mostValues);
  }

  #forgetLater(): void {
    clearTimeout(this.#forgetting);
    this.#forgetting = setTimeout(() => (this.#free = []), this.#forgetAfterMs).unref();
  }
}

/** Of this process: half a gigabyte, for ten seconds. */
export const traceMemory = new TraceMemory(2 ** 29, 10_000);
