import { tensor, type OnnxSession, type Tensors } from '../onnx/index.ts';
import { layerFeeds, scaleFeed, scaleFeeds } from './frozen-feeds.ts';
import { NO_SOURCE, type SourceVectors } from './source-vectors.ts';
import type { WaveContext } from './wave-context.ts';
import type { WaveBatch, WaveTarget } from './wave-plan.ts';

/** One batch of targets on its way down: their cotangents at the place it has reached, and what it has read so far. */
export class Traveller {
  readonly #context: WaveContext;
  readonly #places: readonly WaveTarget[];
  readonly #batch: WaveBatch;
  /** [targets of the batch, nSources] */
  readonly #effects: Float32Array;
  /** [nTokens, rows, dModel] */
  #cotangent: Float32Array = new Float32Array(0);
  #rows = 0;

  constructor(context: WaveContext, places: readonly WaveTarget[], batch: WaveBatch) {
    this.#context = context;
    this.#places = places;
    this.#batch = batch;
    this.#effects = new Float32Array(batch.targets.length * context.nSources);
  }

  /** Targets that were injected so far: the first of the batch. */
  get rows(): number {
    return this.#rows;
  }

  /** The targets that are injected at `level`. */
  entering(level: number): Uint32Array {
    const { targets } = this.#batch;
    let end = this.#rows;
    while (end < targets.length && this.#places[targets[end]].level === level) end++;
    return targets.subarray(this.#rows, end);
  }

  /** Adds the direct effects of what is written at the dictionary's output hook of `layer`. */
  async read(layer: number, sources: SourceVectors): Promise<void> {
    if (this.#rows > 0) await this.#read(await this.#context.sessions.read(layer), layer, sources);
  }

  async readEmbeddings(): Promise<void> {
    await this.#read(await this.#context.sessions.residualRead(), undefined, this.#context.embeddings);
  }

  /**
   * Injects the targets of `level`, whose vectors are rows rowOf(target) of `vectors`, and moves everything to the
   * residual input of layer `level` (from the final norm: to the residual output of the last layer).
   */
  async descend(level: number, vectors: Float32Array, rowOf: ReadonlyMap<number, number>): Promise<void> {
    const { sessions, pass, shape, attentionBiases } = this.#context;
    const { targets, nTokens } = this.#batch;
    const { dModel } = shape;
    const entering = this.entering(level).length;
    if (this.#rows + entering === 0) return;
    const injected = new Float32Array(entering * dModel);
    const points = new BigInt64Array(entering * 2);
    for (let i = 0; i < entering; i++) {
      const target = targets[this.#rows + i];
      const from = rowOf.get(target)! * dModel;
      injected.set(vectors.subarray(from, from + dModel), i * dModel);
      points[2 * i] = BigInt(this.#places[target].position);
      points[2 * i + 1] = BigInt(this.#rows + i);
    }
    const feeds: Tensors = { injected: tensor(injected, [entering, dModel]), points: tensor(points, [entering, 2]) };
    if (level === pass.layers.length) {
      const scale = scaleFeed(pass.finalInverseScale, nTokens);
      await this.#move(await sessions.head(), entering, { ...feeds, final_inverse_scale: scale });
      return;
    }
    this.#widen(entering);
    const cotangent = tensor(this.#cotangent, [nTokens, this.#rows + entering, dModel]);
    const frozen = layerFeeds(pass.layers[level], shape, nTokens);
    const session = await sessions.transport(level, { attention: attentionBiases !== undefined });
    const { at_attention: atAttention } = await this.#move(session, entering, { ...feeds, ...frozen, cotangent });
    const bias = attentionBiases?.[level];
    if (bias !== undefined) this.#addEffect(bias.node, bias.vector, atAttention.data as Float32Array);
  }

  /** Calls back once for each target with its row, [nSources]. */
  deliver(onRow: (target: number, effects: Float32Array) => void): void {
    const { nSources } = this.#context;
    this.#batch.targets.forEach((target, row) => {
      onRow(target, this.#effects.subarray(row * nSources, (row + 1) * nSources));
    });
  }

  async #move(session: OnnxSession, entering: number, feeds: Tensors): Promise<Tensors> {
    const outputs = await session.run(feeds);
    this.#cotangent = outputs.below.data as Float32Array;
    this.#rows += entering;
    return outputs;
  }

  /** The effect of `node`, which writes `vector`, on every row; cotangents: [rows, dModel]. */
  #addEffect(node: number, vector: Float32Array, cotangents: Float32Array): void {
    for (let row = 0; row < this.#rows; row++) {
      let sum = 0;
      for (let d = 0; d < vector.length; d++) sum += cotangents[row * vector.length + d] * vector[d];
      this.#effects[row * this.#context.nSources + node] += sum;
    }
  }

  async #read(session: OnnxSession, layer: number | undefined, sources: SourceVectors): Promise<void> {
    const { pass, shape, nSources } = this.#context;
    const { nTokens } = this.#batch;
    const { width } = sources;
    if (width === 0) return;
    const rows = this.#rows;
    const { effects } = await session.run({
      ...(layer === undefined ? {} : scaleFeeds(pass.layers[layer], nTokens)),
      cotangent: tensor(this.#cotangent, [nTokens, rows, shape.dModel]),
      sources: tensor(sources.vectors.subarray(0, nTokens * width * shape.dModel), [nTokens, width, shape.dModel]),
    });
    const read = effects.data as Float32Array;
    for (let position = 0; position < nTokens; position++) {
      const nodes = sources.nodes.subarray(position * width, (position + 1) * width);
      const used = nodes.indexOf(NO_SOURCE);
      const count = used < 0 ? width : used;
      for (let row = 0; row < rows; row++) {
        const from = (position * rows + row) * width;
        const to = row * nSources;
        for (let slot = 0; slot < count; slot++) this.#effects[to + nodes[slot]] += read[from + slot];
      }
    }
  }

  /** Room for `entering` more rows, of zeros. */
  #widen(entering: number): void {
    if (entering === 0) return;
    const { dModel } = this.#context.shape;
    const { nTokens } = this.#batch;
    const [before, after] = [this.#rows * dModel, (this.#rows + entering) * dModel];
    const wide = new Float32Array(nTokens * after);
    for (let position = 0; position < nTokens; position++) {
      wide.set(this.#cotangent.subarray(position * before, (position + 1) * before), position * after);
    }
    this.#cotangent = wide;
  }
}
