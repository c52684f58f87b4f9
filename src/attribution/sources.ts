import { assertFinite } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import type { Task } from '../task.ts';
import { layerStarts, type ActiveFeatures } from './active-features.ts';
import { decoderRowsAt, sourceLayers } from './decoder-rows.ts';
import type { ForwardPass } from './forward-pass.ts';
import type { NodeOrder } from './node-order.ts';
import { SourceVectors } from './source-vectors.ts';

/** Bytes of source vectors that are kept between waves; a larger prompt's are read again for each wave. */
const CACHE_BYTES = 2 ** 30;

/** What a layer's dictionary writes whatever is active, each [dModel]. */
export interface DictionaryConstants {
  readonly bDec: Float32Array;
  /** What a skip connection carries of a norm's bias; needed only for the leaves. */
  readonly skip?: Float32Array | undefined;
}

/** A feature at its position writes activation x decoder row, an error writes what the features leave over. */
export class DictionarySources {
  readonly #dictionary: Dictionary;
  readonly #pass: ForwardPass;
  readonly #active: ActiveFeatures;
  readonly #starts: Uint32Array;
  readonly #order: NodeOrder;
  readonly #biases: readonly DictionaryConstants[];
  readonly #nZeroed: number;
  readonly #cache: (SourceVectors | undefined)[] = [];
  #cachedBytes = 0;

  /** `biases` has one entry for each layer; the first `nZeroed` positions have neither features nor errors. */
  constructor(
    dictionary: Dictionary,
    pass: ForwardPass,
    active: ActiveFeatures,
    order: NodeOrder,
    biases: readonly DictionaryConstants[],
    nZeroed: number,
  ) {
    this.#dictionary = dictionary;
    this.#pass = pass;
    this.#active = active;
    this.#starts = layerStarts(active, dictionary.nLayers);
    this.#order = order;
    this.#biases = biases;
    this.#nZeroed = nZeroed;
  }

  /** Everything that is written at the dictionary's output hook of `layer`, less its skip connection. */
  async at(layer: number, task?: Task): Promise<SourceVectors> {
    const cached = this.#cache[layer];
    if (cached !== undefined) return cached;
    const sources = await this.#features(layer, task);
    this.#addRest(layer, sources);
    if (!sources.vectors.every(Number.isFinite)) await this.#blameDecoders(layer, task);
    if (this.#cachedBytes + sources.vectors.byteLength <= CACHE_BYTES) {
      this.#cachedBytes += sources.vectors.byteLength;
      this.#cache[layer] = sources;
    }
    return sources;
  }

  /** [tokens, dModel]; MLP output - skip - reconstruction, zero at zeroed positions. */
  async errors(layer: number, task?: Task): Promise<Float32Array> {
    const { dModel } = this.#dictionary;
    const { nodes, width, vectors } = await this.at(layer, task);
    const errors = new Float32Array(this.#order.nTokens * dModel);
    for (let position = this.#nZeroed; position < this.#order.nTokens; position++) {
      const slot = nodes.indexOf(this.#order.error(layer, position), position * width);
      errors.set(vectors.subarray(slot * dModel, (slot + 1) * dModel), position * dModel);
    }
    return errors;
  }

  async #features(outputLayer: number, task: Task | undefined): Promise<SourceVectors> {
    const { positions, indices, activations } = this.#active;
    const layers = sourceLayers(this.#dictionary, outputLayer);
    const counts = new Uint32Array(this.#order.nTokens).fill(OTHERS_AT_A_POSITION);
    for (const layer of layers) {
      for (let node = this.#starts[layer]; node < this.#starts[layer + 1]; node++) counts[positions[node]]++;
    }
    const { dModel } = this.#dictionary;
    const sources = new SourceVectors(counts, dModel);
    for (const layer of layers) {
      const first = this.#starts[layer];
      const features = indices.subarray(first, this.#starts[layer + 1]);
      const rows = await decoderRowsAt(this.#dictionary, layer, outputLayer, features, task);
      for (let i = 0; i < features.length; i++) {
        const vector = sources.add(positions[first + i], first + i);
        const activation = activations[first + i];
        for (let d = 0; d < dModel; d++) vector[d] = activation * rows[i * dModel + d];
      }
    }
    return sources;
  }

  /** Errors, and the leaves that the graph has: what is written by no feature. */
  #addRest(layer: number, sources: SourceVectors): void {
    const { dModel } = this.#dictionary;
    const { written } = this.#pass.layers[layer];
    const { bDec, skip } = this.#biases[layer];
    const { leaves } = this.#order;
    for (let position = 0; position < this.#order.nTokens; position++) {
      const target = written.subarray(position * dModel, (position + 1) * dModel);
      const isZeroed = position < this.#nZeroed;
      if (isZeroed) {
        if (leaves.zeroed > 0) sources.add(position, this.#order.zeroed(layer, position)).set(target);
      } else {
        const reconstruction = sources.sumAt(position);
        const error = sources.add(position, this.#order.error(layer, position));
        for (let d = 0; d < dModel; d++) error[d] = target[d] - reconstruction[d] - bDec[d];
      }
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

/** An error or a zeroed-position leaf, and a bias. */
const OTHERS_AT_A_POSITION = 2;
