import type { ArrayMemory } from './trace-memory.ts';

/** Effects of the sources of a segment. */
interface SegmentEffects {
  /** [positions, rows, width], at the front */
  readonly values: Float32Array;
  readonly positions: number;
  readonly rows: number;
  readonly width: number;
}

/** Sums of a segment: of position p, row r and source s at values[(p * rows + r) * width + s]. */
interface SegmentSums {
  readonly values: Float32Array;
  /** As many as the batch has in the end. */
  readonly rows: number;
  /** As many as there are sources in the highest layer. */
  readonly width: number;
}

/** Some of the sums: of the first `rows` rows, and of `count` sources from `slot` on. `position`: counted from the segment's first. */
interface SumsRange {
  readonly position: number;
  readonly rows: number;
  readonly slot: number;
  readonly count: number;
}

/** Fills `target` [rows, count]. */
export function copySums(sums: SegmentSums, { position, rows, slot, count }: SumsRange, target: Float32Array): void {
  for (let row = 0; row < rows; row++) {
    const from = (position * sums.rows + row) * sums.width + slot;
    for (let i = 0; i < count; i++) target[row * count + i] = sums.values[from + i];
  }
}

/**
 * Effects of what writes in several layers on a batch of targets, on its way down: read layer by layer, they are added up.
 * There are ever more rows, and ever fewer sources of which something is still to come.
 */
export class RunningSums {
  readonly #memory: ArrayMemory;
  readonly #mostRows: number;
  readonly #ofSegments = new Map<number, SegmentSums & { reached: number }>();

  /** `mostRows`: of the whole batch. */
  constructor(memory: ArrayMemory, mostRows: number) {
    this.#memory = memory;
    this.#mostRows = mostRows;
  }

  /** Adds what was read of segment `sum` to what its first sources have had above; returns the sums. */
  add(sum: number, { values, positions, rows, width }: SegmentEffects): SegmentSums {
    const sums = this.#ofSegments.get(sum) ?? this.#begin(positions, width);
    this.#ofSegments.set(sum, sums);
    const added = sums.values;
    for (let position = 0; position < positions; position++) {
      for (let row = 0; row < rows; row++) {
        const from = (position * rows + row) * width;
        const to = (position * sums.rows + row) * sums.width;
        if (row < sums.reached) for (let i = 0; i < width; i++) added[to + i] += values[from + i];
        else for (let i = 0; i < width; i++) added[to + i] = values[from + i];
      }
    }
    sums.reached = rows;
    return sums;
  }

  /** Gives the memory back. */
  dispose(): void {
    for (const { values } of this.#ofSegments.values()) this.#memory.give(values);
    this.#ofSegments.clear();
  }

  #begin(positions: number, width: number): SegmentSums & { reached: number } {
    const values = this.#memory.take(positions * this.#mostRows * width);
    return { values, rows: this.#mostRows, width, reached: 0 };
  }
}
