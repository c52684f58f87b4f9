import { isOnDevice, tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import type { Cotangents, CotangentSizes, UseCotangents } from './cotangents.ts';
import type { PositionRange } from './source-segments.ts';

/** What takes a part of cotangents without taking them off the device (buildPositionsGraph). */
export interface CotangentShapers {
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

  carried(): Tensors[string] {
    const { nTokens, dModel } = this.#sizes;
    return this.#held ?? tensor(new Float32Array(0), [nTokens, 0, dModel]);
  }

  async move(session: OnnxSession, rows: number, feeds: Tensors, into: Tensors): Promise<void> {
    const { below } = await session.run(feeds, into);
    this.#hold(below);
    this.#rows = rows;
  }

  async read(ranges: readonly PositionRange[], use: UseCotangents): Promise<void> {
    const held = this.#held;
    if (held === undefined) throw new TypeError('there are no cotangents to read from yet');
    const parts: Tensors[string][] = [];
    try {
      for (const range of ranges) parts.push(await this.#part(held, range));
      await use(parts);
    } finally {
      for (const part of parts) if (part !== held) release(part);
    }
  }

  async #part(held: Tensors[string], { firstPosition, positions }: PositionRange): Promise<Tensors[string]> {
    if (firstPosition === 0 && positions === this.#sizes.nTokens) return held;
    const session = await this.#shapers.positions();
    const { part } = await session.run({
      cotangent: held,
      first: tensor(BigInt64Array.of(BigInt(firstPosition)), [1]),
      end: tensor(BigInt64Array.of(BigInt(firstPosition + positions)), [1]),
    });
    return part;
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
