import { createSession, encodeModel, Graph, tensor, type OnnxSession, type SessionSettings } from '../onnx/index.ts';
import { sparseActivations, type Encoders } from './encode-graph.ts';
import { compressRows, type SparseRows } from './sparse-rows.ts';

/** Features read out of each row at first; a prompt on which more are active is encoded again. */
const FIRST_K = 256;

/** Encodes inputs of one layer after the other; a session is made when its layer is first used. */
export class SparseEncoder {
  readonly #dictionary: Encoders;
  readonly #settings: SessionSettings;
  readonly #sessions: (Promise<OnnxSession> | undefined)[] = [];

  constructor(dictionary: Encoders, settings: SessionSettings = {}) {
    this.#dictionary = dictionary;
    // One session a layer: together they would keep what every layer's encoder needs in float32.
    this.#settings = { ...settings, keepsNoMemory: true };
  }

  /**
   * The active features of each row. x: [rows, dModel], values at the dictionary's input hook of `layer`; rows for
   * which `skip` holds come out empty.
   */
  async encode(layer: number, x: Float32Array, skip?: (row: number) => boolean): Promise<SparseRows> {
    const { dModel, layers } = this.#dictionary;
    const nRows = x.length / dModel;
    const session = await (this.#sessions[layer] ??= this.#create(layer));
    const input = tensor(x, [nRows, dModel]);
    let k = Math.min(FIRST_K, layers[layer].nFeatures);
    for (;;) {
      const { values, indices, count } = await session.run({ x: input, k: tensor(BigInt64Array.of(BigInt(k)), [1]) });
      const most = (count.data as Float32Array).reduce((a, b) => Math.max(a, b), 0);
      if (most <= k || this.#dictionary.activation === 'topk') {
        return compressRows(values.data as Float32Array, indices.data as BigInt64Array, nRows, skip);
      }
      k = Math.min(layers[layer].nFeatures, 2 ** Math.ceil(Math.log2(most)));
    }
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await (await session)?.dispose();
  }

  #create(layer: number): Promise<OnnxSession> {
    const graph = new Graph();
    const x = graph.input('x', 'float32', ['rows', this.#dictionary.dModel]);
    const k = graph.input('k', 'int64', [1]);
    return createSession(encodeModel(graph, { ...sparseActivations(this.#dictionary, layer, x, k) }), this.#settings);
  }
}
