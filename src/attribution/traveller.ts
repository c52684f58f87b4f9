import { nameOfCopy, tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import { BatchEffects } from './batch-effects.ts';
import { HostCotangents, type Cotangents } from './cotangents.ts';
import { DeviceCotangents } from './device-cotangents.ts';
import type { EffectMemory } from './effect-memory.ts';
import type { EffectRow } from './effect-row.ts';
import type { FloatPool } from './float-pool.ts';
import { layerFeeds, scaleFeed, scaleFeeds } from './frozen-feeds.ts';
import { headParts } from './head-parts.ts';
import { copySums, RunningSums } from './running-sums.ts';
import type { SourceSegment } from './source-segments.ts';
import type { WrittenSources } from './source-vectors.ts';
import type { WaveContext } from './wave-context.ts';
import type { WaveBatch, WaveTarget } from './wave-plan.ts';

/** Segments of sources that are read in one run, at most: there is a session for each number of them. */
const SEGMENTS_OF_A_RUN = 4;

/** What is injected: row rowOf[target] of `vectors`, [targets, dModel]. */
export interface Injected {
  readonly vectors: Float32Array;
  readonly rowOf: Uint32Array;
}

/** Memory that the batches of a wave share, to be used again. */
export interface WaveMemory {
  readonly cotangents: FloatPool;
  /** For what is read and added up at once. */
  readonly read: FloatPool;
  readonly effects: EffectMemory;
}

/** One batch of targets on its way down: their cotangents at the place it has reached, and what it has read so far. */
export class Traveller {
  readonly #context: WaveContext;
  readonly #places: readonly WaveTarget[];
  readonly #batch: WaveBatch;
  readonly #injected: Injected;
  readonly #memory: WaveMemory;
  readonly #effects: BatchEffects;
  readonly #sums: RunningSums;
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
    this.#memory = memory;
    const positions = batch.targets.map(target => places[target].position);
    this.#effects = new BatchEffects(memory.effects, context.nSources, positions);
    this.#sums = new RunningSums(context.memory, batch.targets.length);
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
    if (this.rows > 0) await this.#read(count => this.#context.sessions.read(layer, count), layer, sources);
  }

  async readEmbeddings(): Promise<void> {
    const sessionOf = (count: number): Promise<OnnxSession> => this.#context.sessions.residualRead(count);
    await this.#read(sessionOf, undefined, this.#context.embeddings);
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
    if (bias !== undefined) this.#addEffect(bias.node, bias.vector, atAttention);
  }

  /** Calls back once for each target with its row; after that the traveller is of no more use. */
  deliver(onRow: (target: number, row: EffectRow) => void): void {
    this.#effects.rows((member, row) => {
      onRow(this.#batch.targets[member], row);
    });
    this.dispose();
  }

  /** Gives the memory of its cotangents and sums back. */
  dispose(): void {
    this.#cotangents.dispose();
    this.#sums.dispose();
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

  /** The effect of `node`, which writes `vector` at all positions, on every row; cotangents: [rows, dModel]. */
  #addEffect(node: number, vector: Float32Array, cotangents: Float32Array): void {
    const { rows } = this;
    const values = this.#memory.effects.take(rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let d = 0; d < vector.length; d++) sum += cotangents[row * vector.length + d] * vector[d];
      values[row] = sum;
    }
    this.#effects.add({ node, count: 1, values, first: 0, stride: 1, rows, position: 0 });
  }

  async #read(
    sessionOf: (segments: number) => Promise<OnnxSession>,
    layer: number | undefined,
    sources: WrittenSources,
  ): Promise<void> {
    const segments: SourceSegment[] = [];
    for (const segment of sources.segments) {
      const positions = Math.min(segment.positions, this.#batch.nTokens - segment.firstPosition);
      if (positions > 0 && segment.width > 0) segments.push({ ...segment, positions });
    }
    for (let first = 0; first < segments.length; first += SEGMENTS_OF_A_RUN) {
      const some = segments.slice(first, first + SEGMENTS_OF_A_RUN);
      await this.#readSegments(await sessionOf(some.length), layer, sources, some);
    }
  }

  async #readSegments(
    session: OnnxSession,
    layer: number | undefined,
    sources: WrittenSources,
    segments: readonly SourceSegment[],
  ): Promise<void> {
    const { pass } = this.#context;
    const { rows } = this;
    const read = segments.map(({ positions, width, sum }) =>
      (sum === undefined ? this.#memory.effects : this.#memory.read).take(positions * rows * width),
    );
    await this.#cotangents.read(segments, async cotangents => {
      const feeds: Record<string, Tensors[string]> = {};
      const into: Record<string, Tensors[string]> = {};
      for (const [copy, segment] of segments.entries()) {
        const { firstPosition, positions, width } = segment;
        const scales = layer === undefined ? {} : scaleFeeds(pass.layers[layer], positions, firstPosition);
        const ofSegment = { ...scales, cotangent: cotangents[copy], sources: sources.feed(segment) };
        for (const [name, fed] of Object.entries(ofSegment)) feeds[nameOfCopy(name, copy)] = fed;
        const effects = read[copy].subarray(0, positions * rows * width);
        into[nameOfCopy('effects', copy)] = tensor(effects, [positions, rows, width]);
      }
      await session.run(feeds, into);
    });
    for (const [i, segment] of segments.entries()) {
      if (segment.sum === undefined) this.#addEffects(read[i], sources, segment);
      else {
        this.#addToSums(read[i], sources, segment, segment.sum);
        this.#memory.read.give(read[i]);
      }
    }
  }

  /** values: [positions, rows, width], which stay where they are. */
  #addEffects(values: Float32Array, sources: WrittenSources, segment: SourceSegment): void {
    const { firstPosition, positions, width } = segment;
    const { rows } = this;
    for (let i = 0; i < positions; i++) {
      const position = firstPosition + i;
      for (const { slot, node, count } of sources.runsAt(position, segment)) {
        this.#effects.add({ node, count, values, first: i * rows * width + slot, stride: width, rows, position });
      }
    }
  }

  /** values: [positions, rows, width], at the front. Of the nodes of which nothing is still to come the sums are taken out. */
  #addToSums(values: Float32Array, sources: WrittenSources, segment: SourceSegment, sum: number): void {
    const { firstPosition, positions, width } = segment;
    const { rows } = this;
    const sums = this.#sums.add(sum, { values, positions, rows, width });
    for (let i = 0; i < positions; i++) {
      const position = firstPosition + i;
      for (const { slot, node, count } of sources.runsAt(position, segment)) {
        const whole = this.#memory.effects.take(rows * count);
        copySums(sums, { position: i, rows, slot, count }, whole);
        this.#effects.add({ node, count, values: whole, first: 0, stride: count, rows, position });
      }
    }
  }
}
