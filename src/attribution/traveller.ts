import { tensor, type Tensors } from '../onnx/index.ts';
import { BatchReader, type ReadMemory } from './batch-reader.ts';
import { HostCotangents, type Cotangents } from './cotangents.ts';
import { DeviceCotangents } from './device-cotangents.ts';
import type { EffectRow } from './effect-row.ts';
import type { FloatPool } from './float-pool.ts';
import { layerFeeds, scaleFeed } from './frozen-feeds.ts';
import { headParts } from './head-parts.ts';
import type { WrittenSources } from './source-vectors.ts';
import type { WaveContext } from './wave-context.ts';
import type { WaveBatch, WaveTarget } from './wave-plan.ts';

/** What is injected: row rowOf[target] of `vectors`, [targets, dModel]. */
export interface Injected {
  readonly vectors: Float32Array;
  readonly rowOf: Uint32Array;
}

/** Memory that the batches of a wave share, to be used again. */
export interface WaveMemory extends ReadMemory {
  readonly cotangents: FloatPool;
}

/** One batch of targets on its way down: their cotangents at the place it has reached, and what it has read so far. */
export class Traveller {
  readonly #context: WaveContext;
  readonly #places: readonly WaveTarget[];
  readonly #batch: WaveBatch;
  readonly #injected: Injected;
  readonly #reader: BatchReader;
  readonly #cotangents: Cotangents;
  readonly #onDevice: boolean;

  constructor(
    context: WaveContext,
    places: readonly WaveTarget[],
    batch: WaveBatch,
    injected: Injected,
    memory: WaveMemory,
  ) {
    this.#context = context;
    this.#places = places;
    this.#batch = batch;
    this.#injected = injected;
    const positions = batch.targets.map(target => places[target].position);
    this.#reader = new BatchReader(context, positions, batch.nTokens, memory);
    const { sessions, shape } = context;
    const sizes = { nTokens: batch.nTokens, rows: batch.targets.length, dModel: shape.dModel };
    this.#onDevice = sessions.keepTensors;
    this.#cotangents = this.#onDevice
      ? new DeviceCotangents(sizes, sessions)
      : new HostCotangents(sizes, memory.cotangents);
  }

  /** Targets that were injected so far: the first of the batch. */
  get rows(): number {
    return this.#cotangents.rows;
  }

  /** Adds the direct effects of what is written at the dictionary's output hook of `layer`. */
  async read(layer: number, sources: WrittenSources): Promise<void> {
    if (this.rows > 0) await this.#reader.read(layer, sources, this.#cotangents);
  }

  readEmbeddings(): Promise<void> {
    return this.#reader.readEmbeddings(this.#cotangents);
  }

  /**
   * Injects the targets of `level` and moves everything to the residual input of layer `level` (from the final norm: to
   * the residual output of the last layer).
   */
  async descend(level: number): Promise<void> {
    const { sessions, pass, shape, attentionBiases } = this.#context;
    const { nTokens } = this.#batch;
    const { dModel } = shape;
    const onDevice = this.#onDevice;
    const entering = this.#entering(level);
    const rows = this.rows + entering;
    if (rows === 0) return;
    const passing = entering === 0;
    const feeds = passing ? {} : this.#injection(entering);
    if (level === pass.layers.length) {
      const scale = scaleFeed(pass.finalInverseScale, nTokens);
      await this.#cotangents.move(
        await sessions.head({ onDevice }),
        rows,
        { ...feeds, final_inverse_scale: scale },
        {},
      );
      return;
    }
    const cotangent = this.#cotangents.carried();
    const parts = headParts(nTokens * this.rows, shape.nHeads, sessions.threads);
    const frozen = layerFeeds(pass.layers[level], shape, nTokens, parts);
    const attention = attentionBiases !== undefined;
    const session = await sessions.transport(level, { attention, passing, onDevice });
    const bias = attentionBiases?.[level];
    const atAttention = new Float32Array(bias === undefined ? 0 : rows * dModel);
    const into = bias === undefined ? {} : { at_attention: tensor(atAttention, [rows, dModel]) };
    await this.#cotangents.move(session, rows, { ...feeds, ...frozen, cotangent }, into);
    if (bias !== undefined) this.#reader.addEffect(bias.node, bias.vector, atAttention);
  }

  /** Calls back once for each target with its row; after that the traveller is of no more use. */
  deliver(onRow: (target: number, row: EffectRow) => void): void {
    this.#reader.effects.rows((member, row) => {
      onRow(this.#batch.targets[member], row);
    });
    this.dispose();
  }

  /** Gives the memory of its cotangents and sums back. */
  dispose(): void {
    this.#cotangents.dispose();
    this.#reader.dispose();
  }

  /** How many targets are injected at `level`: those that follow the ones before. */
  #entering(level: number): number {
    const { targets } = this.#batch;
    let end = this.rows;
    while (end < targets.length && this.#places[targets[end]].level === level) end++;
    return end - this.rows;
  }

  #injection(entering: number): Tensors {
    const { dModel } = this.#context.shape;
    const { vectors, rowOf } = this.#injected;
    const injected = new Float32Array(entering * dModel);
    const points = new BigInt64Array(entering * 2);
    for (let i = 0; i < entering; i++) {
      const target = this.#batch.targets[this.rows + i];
      const from = rowOf[target] * dModel;
      injected.set(vectors.subarray(from, from + dModel), i * dModel);
      points[2 * i] = BigInt(this.#places[target].position);
      points[2 * i + 1] = BigInt(i);
    }
    return { injected: tensor(injected, [entering, dModel]), points: tensor(points, [entering, 2]) };
  }
}
