import { nameOfCopy, tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import { BatchEffects } from './batch-effects.ts';
import type { Cotangents } from './cotangents.ts';
import type { EffectMemory } from './effect-memory.ts';
import type { FloatPool } from './float-pool.ts';
import { scaleFeeds } from './frozen-feeds.ts';
import { copySums, RunningSums } from './running-sums.ts';
import type { SourceSegment } from './source-segments.ts';
import type { WrittenSources } from './source-vectors.ts';
import type { WaveContext } from './wave-context.ts';

/** Segments of sources that are read in one run, at most: there is a session for each number of them. */
const SEGMENTS_OF_A_RUN = 4;

/** Memory that readers share, to be used again. */
export interface ReadMemory {
  /** For what is read and added up at once. */
  readonly read: FloatPool;
  readonly effects: EffectMemory;
}

/** Reads the direct effects of what is written on the targets of one batch, layer by layer on its way down. */
export class BatchReader {
  readonly effects: BatchEffects;
  readonly #context: WaveContext;
  readonly #nTokens: number;
  readonly #memory: ReadMemory;
  readonly #sums: RunningSums;

  /** `positions`: of the targets; `nTokens`: positions that the batch passes through. */
  constructor(context: WaveContext, positions: ArrayLike<number>, nTokens: number, memory: ReadMemory) {
    this.effects = new BatchEffects(memory.effects, context.nSources, positions);
    this.#context = context;
    this.#nTokens = nTokens;
    this.#memory = memory;
    this.#sums = new RunningSums(context.memory, positions.length);
  }

  /** Adds the effects of what is written at the dictionary's output hook of `layer`, on the targets that have come in. */
  read(layer: number, sources: WrittenSources, cotangents: Cotangents): Promise<void> {
    return this.#read(count => this.#context.sessions.read(layer, count), layer, sources, cotangents);
  }

  readEmbeddings(cotangents: Cotangents): Promise<void> {
    const { sessions, embeddings } = this.#context;
    return this.#read(count => sessions.residualRead(count), undefined, embeddings, cotangents);
  }

  /** Adds the effect of `node`, which writes `vector` at all positions, on every row; cotangents: [rows, dModel]. */
  addEffect(node: number, vector: Float32Array, cotangents: Float32Array): void {
    const rows = cotangents.length / vector.length;
    const values = this.#memory.effects.take(rows);
    for (let row = 0; row < rows; row++) {
      let sum = 0;
      for (let d = 0; d < vector.length; d++) sum += cotangents[row * vector.length + d] * vector[d];
      values[row] = sum;
    }
    this.effects.add({ node, count: 1, values, first: 0, stride: 1, rows, position: 0 });
  }

  /** Gives the memory of sums back; effects stay where they are. */
  dispose(): void {
    this.#sums.dispose();
  }

  async #read(
    sessionOf: (segments: number) => Promise<OnnxSession>,
    layer: number | undefined,
    sources: WrittenSources,
    cotangents: Cotangents,
  ): Promise<void> {
    const segments: SourceSegment[] = [];
    for (const segment of sources.segments) {
      const positions = Math.min(segment.positions, this.#nTokens - segment.firstPosition);
      if (positions > 0 && segment.width > 0) segments.push({ ...segment, positions });
    }
    for (let first = 0; first < segments.length; first += SEGMENTS_OF_A_RUN) {
      const some = segments.slice(first, first + SEGMENTS_OF_A_RUN);
      await this.#readSegments(await sessionOf(some.length), layer, sources, some, cotangents);
    }
  }

  async #readSegments(
    session: OnnxSession,
    layer: number | undefined,
    sources: WrittenSources,
    segments: readonly SourceSegment[],
    cotangents: Cotangents,
  ): Promise<void> {
    const { pass } = this.#context;
    const { rows } = cotangents;
    const read = segments.map(({ positions, width, sum }) =>
      (sum === undefined ? this.#memory.effects : this.#memory.read).take(positions * rows * width),
    );
    await cotangents.read(segments, async ofSegments => {
      const feeds: Record<string, Tensors[string]> = {};
      const into: Record<string, Tensors[string]> = {};
      for (const [copy, segment] of segments.entries()) {
        const { firstPosition, positions, width } = segment;
        const scales = layer === undefined ? {} : scaleFeeds(pass.layers[layer], positions, firstPosition);
        const ofSegment = { ...scales, cotangent: ofSegments[copy], sources: sources.feed(segment) };
        for (const [name, fed] of Object.entries(ofSegment)) feeds[nameOfCopy(name, copy)] = fed;
        const effects = read[copy].subarray(0, positions * rows * width);
        into[nameOfCopy('effects', copy)] = tensor(effects, [positions, rows, width]);
      }
      await session.run(feeds, into);
    });
    for (const [i, segment] of segments.entries()) {
      if (segment.sum === undefined) this.#addEffects(read[i], rows, sources, segment);
      else {
        this.#addToSums(read[i], rows, sources, segment, segment.sum);
        this.#memory.read.give(read[i]);
      }
    }
  }

  /** values: [positions, rows, width], which stay where they are. */
  #addEffects(values: Float32Array, rows: number, sources: WrittenSources, segment: SourceSegment): void {
    const { firstPosition, positions, width } = segment;
    for (let i = 0; i < positions; i++) {
      const position = firstPosition + i;
      for (const { slot, node, count } of sources.runsAt(position, segment)) {
        this.effects.add({ node, count, values, first: i * rows * width + slot, stride: width, rows, position });
      }
    }
  }

  /** values: [positions, rows, width], at the front. Of the nodes of which nothing is still to come the sums are taken out. */
  #addToSums(values: Float32Array, rows: number, sources: WrittenSources, segment: SourceSegment, sum: number): void {
    const { firstPosition, positions, width } = segment;
    const sums = this.#sums.add(sum, { values, positions, rows, width });
    for (let i = 0; i < positions; i++) {
      const position = firstPosition + i;
      for (const { slot, node, count } of sources.runsAt(position, segment)) {
        const whole = this.#memory.effects.take(rows * count);
        copySums(sums, { position: i, rows, slot, count }, whole);
        this.effects.add({ node, count, values: whole, first: 0, stride: count, rows, position });
      }
    }
  }
}
