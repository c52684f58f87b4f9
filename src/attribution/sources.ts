import { assertFinite } from '../checkpoint/index.ts';
import type { DecoderReader, Dictionary } from '../dictionary/index.ts';
import type { Task } from '../task.ts';
import { layerStarts, type ActiveFeatures } from './active-features.ts';
import type { ForwardPass } from './forward-pass.ts';
import type { NodeOrder } from './node-order.ts';
import { SourceLayout, sourceLayers } from './source-layout.ts';
import type { LayerSources, SourceVectors, WrittenVectors } from './source-vectors.ts';
import { newMemory, type ArrayMemory } from './trace-memory.ts';
import type { SourceOptions } from './traced-model.ts';

/** Bytes of source vectors that are kept for all waves of a prompt; where there are more they are read for each wave. */
const CACHE_BYTES = 2 ** 30;

/** What a layer's dictionary writes whatever is active, each [dModel]. */
export interface DictionaryConstants {
  readonly bDec: Float32Array;
  /** What a skip connection carries of a norm's bias; needed only for the leaves. */
  readonly skip?: Float32Array | undefined;
}

/** A feature at its position writes activation x decoder row, an error writes what the features leave over. */
export class DictionarySources implements LayerSources {
  readonly areKept: boolean;
  readonly #dictionary: Dictionary;
  readonly #decoders: DecoderReader;
  readonly #pass: ForwardPass;
  readonly #active: ActiveFeatures;
  readonly #starts: Uint32Array;
  readonly #order: NodeOrder;
  readonly #biases: readonly DictionaryConstants[];
  readonly #nZeroed: number;
  readonly #whole: LayerSources | undefined;
  readonly #memory: ArrayMemory;
  readonly #layout: SourceLayout;
  readonly #kept: (Promise<WrittenVectors> | undefined)[] = [];
  /** By layer, [tokens, dModel]: what is read again has the same. */
  readonly #errors: (Float32Array | undefined)[] = [];
  /** Where nothing is kept, room for any layer. */
  #room: Float32Array | undefined;
  #prepared: Promise<void> | undefined;

  /**
   * `biases` has one entry for each layer; the first `nZeroed` positions have neither features nor errors. `whole`: the sources
   * of all active features, where `active` are some of them.
   */
  constructor(
    decoders: DecoderReader,
    pass: ForwardPass,
    active: ActiveFeatures,
    order: NodeOrder,
    biases: readonly DictionaryConstants[],
    nZeroed: number,
    { whole, memory = newMemory }: Pick<SourceOptions, 'whole' | 'memory'> = {},
  ) {
    const { dictionary } = decoders;
    this.#decoders = decoders;
    this.#dictionary = dictionary;
    this.#pass = pass;
    this.#active = active;
    this.#starts = layerStarts(active, dictionary.nLayers);
    this.#order = order;
    this.#biases = biases;
    this.#nZeroed = nZeroed;
    this.#whole = whole;
    this.#memory = memory;
    this.#layout = new SourceLayout(dictionary, active, order.nTokens);
    const ofAll = this.#layout.values.reduce((sum, ofLayer) => sum + ofLayer, 0);
    this.areKept = ofAll * Float32Array.BYTES_PER_ELEMENT <= CACHE_BYTES;
  }

  /** Everything that is written at the dictionary's output hook of `layer`, less its skip connection. */
  at(layer: number, task?: Task): Promise<WrittenVectors> {
    if (this.areKept) return (this.#kept[layer] ??= this.#build(layer, task));
    return this.#build(layer, task);
  }

  /** [tokens, dModel]; MLP output - skip - reconstruction, zero at zeroed positions. */
  async errors(layer: number, task?: Task): Promise<Float32Array> {
    if (this.#errors[layer] === undefined) await this.at(layer, task);
    return this.#errors[layer]!;
  }

  async #build(layer: number, task?: Task): Promise<WrittenVectors> {
    const { dModel } = this.#dictionary;
    await (this.#prepared ??= this.#prepare(task));
    const { written, features, others } = this.#layout.slots(layer, this.#memoryOf(layer));
    const known = (this.#errors[layer] ??= await this.#whole?.errors?.(layer, task));
    const sums = known === undefined ? new Float64Array(this.#order.nTokens * dModel) : undefined;
    for (const from of sourceLayers(this.#dictionary, layer))
      await this.#addFeatures(features, sums, from, layer, task);
    const errors = known ?? (this.#errors[layer] = await this.#findErrors(layer, sums!, task));
    this.#addRest(layer, others, errors);
    return written;
  }

  #memoryOf(layer: number): Float32Array {
    const { values } = this.#layout;
    if (this.areKept) return this.#memory.take(values[layer]).subarray(0, values[layer]);
    return (this.#room ??= this.#memory.take(Math.max(...values))).subarray(0, values[layer]);
  }

  async #prepare(task: Task | undefined): Promise<void> {
    for (let layer = 0; layer < this.#dictionary.nLayers; layer++)
      await this.#decoders.prepare(layer, this.#featuresOf(layer).features, task);
  }

  #featuresOf(layer: number): { features: Uint32Array; scales: Float32Array } {
    const [start, end] = [this.#starts[layer], this.#starts[layer + 1]];
    const { indices, activations } = this.#active;
    return { features: indices.subarray(start, end), scales: activations.subarray(start, end) };
  }

  /**
   * Adds activation x decoder row of the features of `layer`, which lie position by position; their sums at each position
   * to `sums`, [tokens, dModel], where they are wanted.
   */
  async #addFeatures(
    sources: SourceVectors,
    sums: Float64Array | undefined,
    layer: number,
    outputLayer: number,
    task: Task | undefined,
  ): Promise<void> {
    const { dModel } = this.#dictionary;
    const { positions } = this.#active;
    const start = this.#starts[layer];
    await this.#decoders.read(
      layer,
      outputLayer,
      this.#featuresOf(layer),
      async (first, values) => {
        const count = values.length / dModel;
        if (sums !== undefined) {
          const places = positions.subarray(start + first, start + first + count);
          const added = await this.#decoders.sumGroups(values, places, this.#order.nTokens);
          for (let i = 0; i < added.length; i++) sums[i] += added[i];
        }
        for (let from = 0; from < count;) {
          const node = start + first + from;
          let to = from + 1;
          while (to < count && positions[start + first + to] === positions[node]) to++;
          sources.add(positions[node], node, to - from).set(values.subarray(from * dModel, to * dModel));
          from = to;
        }
      },
      task,
    );
  }

  /** What the features leave over, whose sums are given. Errors: `file-damaged` naming what is not finite. */
  async #findErrors(layer: number, sums: Float64Array, task: Task | undefined): Promise<Float32Array> {
    const { dModel } = this.#dictionary;
    const { written } = this.#pass.layers[layer];
    const { bDec } = this.#biases[layer];
    const errors = new Float32Array(this.#order.nTokens * dModel);
    for (let position = this.#nZeroed; position < this.#order.nTokens; position++) {
      const reconstruction = sums.subarray(position * dModel, (position + 1) * dModel);
      // NaN and infinity stay in a sum.
      if (!reconstruction.every(Number.isFinite)) await this.#blameDecoders(layer, task);
      for (let d = 0, i = position * dModel; d < dModel; d++, i++) errors[i] = written[i] - reconstruction[d] - bDec[d];
    }
    return errors;
  }

  /** Errors, and the leaves that the graph has: what is written by no feature. */
  #addRest(layer: number, sources: SourceVectors, errors: Float32Array): void {
    const { dModel } = this.#dictionary;
    const { written } = this.#pass.layers[layer];
    const { bDec, skip } = this.#biases[layer];
    const { leaves } = this.#order;
    for (let position = 0; position < this.#order.nTokens; position++) {
      const isZeroed = position < this.#nZeroed;
      const valuesOf = (all: Float32Array): Float32Array => all.subarray(position * dModel, (position + 1) * dModel);
      if (!isZeroed) sources.add(position, this.#order.error(layer, position)).set(valuesOf(errors));
      else if (leaves.zeroed > 0) sources.add(position, this.#order.zeroed(layer, position)).set(valuesOf(written));
      if (leaves.dictionaryBiases === 0) continue;
      const constant = sources.add(position, this.#order.dictionaryBias(layer));
      for (let d = 0; d < dModel; d++) constant[d] = (isZeroed ? 0 : bDec[d]) + (skip?.[d] ?? 0);
    }
  }

  /** Finds the decoder that holds a NaN or an infinity. */
  async #blameDecoders(outputLayer: number, task: Task | undefined): Promise<void> {
    for (const layer of sourceLayers(this.#dictionary, outputLayer)) {
      await assertFinite(this.#dictionary.layers[layer].wDec, task);
    }
  }
}
