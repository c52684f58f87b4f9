import { assertFinite, type OpenFiles } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import type { Task } from '../task.ts';
import { layerStarts, type ActiveFeatures } from './active-features.ts';
import { decoderRowsAt, sourceLayers } from './decoder-rows.ts';
import type { ForwardPass } from './forward-pass.ts';
import type { NodeOrder } from './node-order.ts';
import { planSegments, slotsOf } from './source-segments.ts';
import { SourceVectors, type LayerSources } from './source-vectors.ts';

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
  readonly #dictionary: Dictionary;
  readonly #pass: ForwardPass;
  readonly #active: ActiveFeatures;
  readonly #starts: Uint32Array;
  readonly #order: NodeOrder;
  readonly #biases: readonly DictionaryConstants[];
  readonly #nZeroed: number;
  readonly #files: OpenFiles | undefined;
  /** Whether all layers are built at once and stay in memory. */
  readonly areKept: boolean;
  #all: Promise<SourceVectors[]> | undefined;

  /** `biases` has one entry for each layer; the first `nZeroed` positions have neither features nor errors. */
  constructor(
    dictionary: Dictionary,
    pass: ForwardPass,
    active: ActiveFeatures,
    order: NodeOrder,
    biases: readonly DictionaryConstants[],
    nZeroed: number,
    files?: OpenFiles,
  ) {
    this.#dictionary = dictionary;
    this.#pass = pass;
    this.#active = active;
    this.#starts = layerStarts(active, dictionary.nLayers);
    this.#order = order;
    this.#biases = biases;
    this.#nZeroed = nZeroed;
    this.#files = files;
    this.areKept = this.#totalBytes() <= CACHE_BYTES;
  }

  /** Everything that is written at the dictionary's output hook of `layer`, less its skip connection. */
  async at(layer: number, task?: Task): Promise<SourceVectors> {
    if (this.areKept) return (await (this.#all ??= this.#buildAll(task)))[layer];
    const sources = this.#allocate(layer);
    for (const from of sourceLayers(this.#dictionary, layer)) {
      const rows = await decoderRowsAt(this.#dictionary, from, layer, this.#featuresOf(from), task, this.#files);
      this.#fill(sources, from, rows, this.#dictionary.dModel, 0);
    }
    return this.#complete(layer, sources, task);
  }

  /** [tokens, dModel]; MLP output - skip - reconstruction, zero at zeroed positions. */
  async errors(layer: number, task?: Task): Promise<Float32Array> {
    const { dModel } = this.#dictionary;
    const { nodes, firstSlots, vectors } = await this.at(layer, task);
    const errors = new Float32Array(this.#order.nTokens * dModel);
    for (let position = this.#nZeroed; position < this.#order.nTokens; position++) {
      const slot = nodes.indexOf(this.#order.error(layer, position), firstSlots[position]);
      errors.set(vectors.subarray(slot * dModel, (slot + 1) * dModel), position * dModel);
    }
    return errors;
  }

  /** All layers at once: each decoder row is read once, with everything that it writes. */
  async #buildAll(task: Task | undefined): Promise<SourceVectors[]> {
    const { dModel, layers, nLayers } = this.#dictionary;
    const all = Array.from({ length: nLayers }, (_, layer) => this.#allocate(layer));
    for (const { layer, nOutputs } of layers) {
      const rows = await this.#dictionary.decoderRows(layer, this.#featuresOf(layer), task, this.#files);
      for (let output = 0; output < nOutputs; output++) {
        this.#fill(all[layer + output], layer, rows, nOutputs * dModel, output * dModel);
      }
    }
    for (const [layer, sources] of all.entries()) await this.#complete(layer, sources, task);
    return all;
  }

  #totalBytes(): number {
    const { nLayers, dModel } = this.#dictionary;
    let bytes = 0;
    for (let layer = 0; layer < nLayers; layer++) {
      bytes += 4 * slotsOf(planSegments(this.#countsAt(layer), dModel)) * dModel;
    }
    return bytes;
  }

  #featuresOf(layer: number): Uint32Array {
    return this.#active.indices.subarray(this.#starts[layer], this.#starts[layer + 1]);
  }

  /** [tokens]; how many vectors are written at each position. */
  #countsAt(outputLayer: number): Uint32Array {
    const counts = new Uint32Array(this.#order.nTokens).fill(OTHERS_AT_A_POSITION);
    for (const layer of sourceLayers(this.#dictionary, outputLayer)) {
      for (let node = this.#starts[layer]; node < this.#starts[layer + 1]; node++) {
        counts[this.#active.positions[node]]++;
      }
    }
    return counts;
  }

  #allocate(outputLayer: number): SourceVectors {
    return new SourceVectors(this.#countsAt(outputLayer), this.#dictionary.dModel);
  }

  /** Adds activation x decoder row of the features of `layer`; row i begins at i * stride + offset of `rows`. */
  #fill(sources: SourceVectors, layer: number, rows: Float32Array, stride: number, offset: number): void {
    const { positions, activations } = this.#active;
    for (let node = this.#starts[layer], from = offset; node < this.#starts[layer + 1]; node++, from += stride) {
      sources.addScaled(positions[node], node, activations[node], rows, from);
    }
  }

  async #complete(layer: number, sources: SourceVectors, task: Task | undefined): Promise<SourceVectors> {
    this.#addRest(layer, sources);
    // Finite float32 values cannot overflow a float64 sum; NaN and infinity stay in it.
    if (!sources.scaledSums.every(Number.isFinite)) await this.#blameDecoders(layer, task);
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
        const reconstruction = sources.scaledSums.subarray(position * dModel, (position + 1) * dModel);
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
