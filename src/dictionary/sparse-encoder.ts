import { createSession, encodeModel, Graph, tensor, type OnnxSession, type SessionSettings } from '../onnx/index.ts';
import { FEW_ROWS, sparseActivations, type Encoders } from './encode-graph.ts';
import { compressRows, withEmptyRows, type SparseRows } from './sparse-rows.ts';

/** Encodes inputs of one layer after the other; a session is made when its layer is first used. */
export class SparseEncoder {
  readonly #dictionary: Encoders;
  readonly #settings: SessionSettings;
  /** By layer, for few rows and for many. */
  readonly #sessions = new Map<string, Promise<OnnxSession>>();

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
    const { values, indices } = await session.run({ x: tensor(x.subarray(leftOut * dModel), [nRows, dModel]) });
    const rows = compressRows(values.data as Float32Array, indices.data as BigInt64Array, nRows);
    return withEmptyRows(leftOut, rows);
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
      const { values, indices } = sparseActivations(this.#dictionary, layer, x, undefined, { fewRows });
      session = createSession(encodeModel(graph, { values, indices }), this.#settings);
      this.#sessions.set(key, session);
    }
    return session;
  }
}
