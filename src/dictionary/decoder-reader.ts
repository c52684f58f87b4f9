import { createSession, encodeModel, Graph, mul, tensor, type OnnxSession } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { decoderTable, type DecoderTable } from './decoder-table.ts';
import type { Dictionary } from './dictionary.ts';
import { storedRows } from './encode-graph.ts';
import { assertStillWhole } from './mapped-tensor.ts';

/** Values of a run, 4 MB: they stay in the processor's caches until they are taken to where they belong. */
const RUN_VALUES = 2 ** 20;
const WORD = 2 ** 32;

/** Where scaled rows go: `values` [count, dModel] of the features from the `first` of those asked for; valid during the call. */
export type RowsTaker = (first: number, values: Float32Array) => void;

/**
 * What features write, scaled. Decoders stay mapped in their files: ONNX Runtime picks, widens and scales the rows with
 * all its threads, for a cross-layer transcoder several times as fast as reading each one. A session a layer, made at its
 * first use and kept for every later prompt; on the processor, in whose memory the files are.
 */
export class DecoderReader {
  readonly dictionary: Dictionary;
  readonly #threads: number | undefined;
  readonly #sessions: (Promise<OnnxSession> | undefined)[] = [];
  readonly #tables: DecoderTable[];
  /** Memory of runs that have ended. */
  readonly #free: Float32Array[] = [];

  /** `threads`: ONNX Runtime's own choice when undefined. */
  constructor(dictionary: Dictionary, threads?: number) {
    this.dictionary = dictionary;
    this.#threads = threads;
    this.#tables = dictionary.layers.map(decoderTable);
  }

  /**
   * Calls back with scales[i] times what features[i] of `layer` writes to the MLP output of `outputLayer`, part by part in
   * the order given. Errors: `file-damaged` for a file that has become shorter, `cancelled`.
   */
  async read(
    layer: number,
    outputLayer: number,
    { features, scales }: { readonly features: Uint32Array; readonly scales: Float32Array },
    onRows: RowsTaker,
    task?: Task,
  ): Promise<void> {
    const { dModel } = this.dictionary;
    const perRun = Math.max(1, Math.floor(RUN_VALUES / dModel));
    await assertStillWhole(this.#tables[layer].table);
    const memory = this.#free.pop() ?? new Float32Array(perRun * dModel);
    for (let first = 0; first < features.length; first += perRun) {
      throwIfCancelled(task);
      const some = features.subarray(first, first + perRun);
      const session = await (this.#sessions[layer] ??= this.#open(layer));
      const values = memory.subarray(0, some.length * dModel);
      await session.run(
        {
          rows: tensor(this.#rowsOf(layer, outputLayer, some), [some.length]),
          scales: tensor(scales.subarray(first, first + perRun), [some.length, 1]),
        },
        { scaled: tensor(values, [some.length, dModel]) },
      );
      onRows(first, values);
    }
    this.#free.push(memory);
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await (await session)?.dispose();
  }

  #rowsOf(layer: number, outputLayer: number, features: Uint32Array): BigInt64Array {
    const { rowOf } = this.#tables[layer];
    const rows = new BigInt64Array(features.length);
    // Word by word: making a BigInt of each would take as long as reading the rows.
    const words = new Uint32Array(rows.buffer);
    for (let i = 0; i < features.length; i++) {
      const row = rowOf(features[i], outputLayer - layer);
      words[2 * i] = row % WORD;
      words[2 * i + 1] = Math.floor(row / WORD);
    }
    return rows;
  }

  #open(layer: number): Promise<OnnxSession> {
    const graph = new Graph();
    const rows = graph.input('rows', 'int64', ['n']);
    const scales = graph.input('scales', 'float32', ['n', 1]);
    const scaled = mul(storedRows(this.#tables[layer].table, rows), scales);
    const threads = this.#threads === undefined ? {} : { threads: this.#threads };
    const session = createSession(encodeModel(graph, { scaled }), { ...threads, keepsNoMemory: true });
    // A failure is not kept: the file may be there again later.
    session.catch(() => (this.#sessions[layer] = undefined));
    return session;
  }
}
