import { isOnDevice, tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import type { Cotangents, CotangentSizes } from './cotangents.ts';

/** What changes the shape of cotangents without taking them off the device (buildWidenGraph, buildPositionsGraph). */
export interface CotangentShapers {
  widen(): Promise<OnnxSession>;
  positions(): Promise<OnnxSession>;
}

/**
 * In the memory of the device that moves them, between one layer's transport and the next: only what is injected goes
 * there, and only effects come back.
 */
export class DeviceCotangents implements Cotangents {
  readonly #sizes: CotangentSizes;
  readonly #shapers: CotangentShapers;
  #held: Tensors[string] | undefined;
  #rows = 0;

  constructor(sizes: CotangentSizes, shapers: CotangentShapers) {
    this.#sizes = sizes;
    this.#shapers = shapers;
  }

  get rows(): number {
    return this.#rows;
  }

  async withMore(entering: number): Promise<Tensors[string]> {
    const { nTokens, dModel } = this.#sizes;
    const shape = [nTokens, entering, dModel];
    if (this.#held === undefined) return tensor(new Float32Array(nTokens * entering * dModel), shape);
    if (entering === 0) return this.#held;
    const session = await this.#shapers.widen();
    const { wide } = await session.run({
      cotangent: this.#held,
      added: tensor(BigInt64Array.from(shape, BigInt), [shape.length]),
    });
    this.#hold(wide);
    return wide;
  }

  async move(session: OnnxSession, rows: number, feeds: Tensors, into: Tensors): Promise<void> {
    const { below } = await session.run(feeds, into);
    this.#hold(below);
    this.#rows = rows;
  }

  async read(first: number, positions: number, use: (cotangent: Tensors[string]) => Promise<void>): Promise<void> {
    const held = this.#held;
    if (held === undefined) throw new TypeError('there are no cotangents to read from yet');
    if (first === 0 && positions === this.#sizes.nTokens) {
      await use(held);
      return;
    }
    const session = await this.#shapers.positions();
    const { part } = await session.run({
      cotangent: held,
      first: tensor(BigInt64Array.of(BigInt(first)), [1]),
      end: tensor(BigInt64Array.of(BigInt(first + positions)), [1]),
    });
    try {
      await use(part);
    } finally {
      release(part);
    }
  }

  dispose(): void {
    release(this.#held);
    this.#held = undefined;
  }

  #hold(next: Tensors[string]): void {
    if (next !== this.#held) release(this.#held);
    this.#held = next;
  }
}

/** After a device has failed, tensors lie in main memory, where nothing is to be freed. */
function release(held: Tensors[string] | undefined): void {
  if (held !== undefined && isOnDevice(held)) held.dispose();
}
