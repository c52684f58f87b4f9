import { tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import type { FloatPool } from './float-pool.ts';
import type { PositionRange } from './source-segments.ts';

/** The cotangents of a batch at the place it has reached, [tokens, rows, dModel]: zero rows at first. */
export interface Cotangents {
  readonly rows: number;
  /** The feed of the next transport. */
  carried(): Tensors[string];
  /** Runs a transport, after which there are `rows` rows; its output `below` takes the place of what was here. `into` gets the others. */
  move(session: OnnxSession, rows: number, feeds: Tensors, into: Tensors): Promise<void>;
  /** Calls `use` with those of each range of positions, which it may keep until it ends. */
  read(ranges: readonly PositionRange[], use: UseCotangents): Promise<void>;
  dispose(): void;
}

/** Takes those of one range after the other, [positions, rows, dModel] each. */
export type UseCotangents = (cotangents: readonly Tensors[string][]) => Promise<void>;

/** The most that a batch becomes: positions, rows and values of each. */
export interface CotangentSizes {
  readonly nTokens: number;
  readonly rows: number;
  readonly dModel: number;
}

/** In main memory, at the front of arrays of a pool that have room for all rows. */
export class HostCotangents implements Cotangents {
  readonly #sizes: CotangentSizes;
  readonly #pool: FloatPool;
  #values: Float32Array;
  #rows = 0;

  constructor(sizes: CotangentSizes, pool: FloatPool) {
    this.#sizes = sizes;
    this.#pool = pool;
    this.#values = pool.take(this.#capacity);
  }

  get rows(): number {
    return this.#rows;
  }

  carried(): Tensors[string] {
    const { nTokens, dModel } = this.#sizes;
    return tensor(this.#values.subarray(0, nTokens * this.#rows * dModel), [nTokens, this.#rows, dModel]);
  }

  async move(session: OnnxSession, rows: number, feeds: Tensors, into: Tensors): Promise<void> {
    const { nTokens, dModel } = this.#sizes;
    const moved = this.#pool.take(this.#capacity);
    const below = tensor(moved.subarray(0, nTokens * rows * dModel), [nTokens, rows, dModel]);
    await session.run(feeds, { below, ...into });
    this.#pool.give(this.#values);
    this.#values = moved;
    this.#rows = rows;
  }

  read(ranges: readonly PositionRange[], use: UseCotangents): Promise<void> {
    const { dModel } = this.#sizes;
    const rowValues = this.#rows * dModel;
    const parts = ranges.map(({ firstPosition, positions }) => {
      const values = this.#values.subarray(firstPosition * rowValues, (firstPosition + positions) * rowValues);
      return tensor(values, [positions, this.#rows, dModel]);
    });
    return use(parts);
  }

  dispose(): void {
    this.#pool.give(this.#values);
  }

  get #capacity(): number {
    const { nTokens, rows, dModel } = this.#sizes;
    return nTokens * rows * dModel;
  }
}
