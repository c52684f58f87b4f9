import { createSession, encodeModel, Graph, tensor, type OnnxSession, type SessionSettings } from '../onnx/index.ts';
import { FEW_ROWS, sparseActivations, type Encoders } from './encode-graph.ts';
import { compressRows, withEmptyRows, type SparseRows } from './sparse-rows.ts';

/** Features read out of each row, at least; a prompt on which more are active is encoded again. */
const LEAST_K = 256;

/** Encodes inputs of one layer after the other; a session is made when its layer is first used. */
export class SparseEncoder {
  readonly #dictionary: Encoders;
  readonly #settings: SessionSettings;
  /** By layer, for few rows and for many. */
  readonly #sessions = new Map<string, Promise<OnnxSession>>();
  /** [layers]; features that the last prompt asked to read out of each row. */
  readonly #k: number[] = [];

  constructor(dictionary: Encoders, settings: SessionSettings = {}) {
    this.#dictionary = dictionary;
    // One session a layer: together they would keep what every layer's encoder needs in float32.
    this.#settings = { ...settings, keepsNoMemory: true };
  }

  /**
   * The active features of each row. x: [rows, dModel], values at the dictionary's input hook of `layer`; the first
   * `leftOut` rows come out empty. (Not computed either: at the first position of a prompt thousands are active.)
   */
  async encode(layer: number, x: Float32Array, leftOut = 0): Promise<SparseRows> {
    const { dModel } = this.#dictionary;
    const nRows = x.length / dModel - leftOut;
    const session = await this.#session(layer, nRows <= FEW_ROWS);
    const input = tensor(x.subarray(leftOut * dModel), [nRows, dModel]);
    for (;;) {
      const k = (this.#k[layer] ??= this.#enough(layer, 0));
      const { values, indices, count } = await session.run({ x: input, k: tensor(BigInt64Array.of(BigInt(k)), [1]) });
      const most = (count.data as Float32Array).reduce((a, b) => Math.max(a, b), 0);
      this.#k[layer] = this.#enough(layer, most);
      if (most <= k || this.#dictionary.activation === 'topk') {
        const rows = compressRows(values.data as Float32Array, indices.data as BigInt64Array, nRows);
        return withEmptyRows(leftOut, rows);
      }
    }
  }

  /** How many to read out of each row where `active` are active. */
  #enough(layer: number, active: number): number {
    return Math.min(this.#dictionary.layers[layer].nFeatures, Math.max(LEAST_K, 2 ** Math.ceil(Math.log2(active))));
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }

  #session(layer: number, fewRows: boolean): Promise<OnnxSession> {
    const key = `${layer} ${fewRows}`;
    let session = this.#sessions.get(key);
    if (session === undefined) {
      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', this.#dictionary.dModel]);
      const k = graph.input('k', 'int64', [1]);
      const outputs = sparseActivations(this.#dictionary, layer, x, k, { fewRows });
      session = createSession(encodeModel(graph, { ...outputs }), this.#settings);
      this.#sessions.set(key, session);
    }
    return session;
  }
}
