import { totalmem } from 'node:os';
import { fetchRows, gatherRowsInto } from '../checkpoint/index.ts';
import { createSession, encodeModel, Graph, matmul, mul, tensor } from '../onnx/index.ts';
import type { OnnxSession, SessionSettings } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { decoderTable, type DecoderTable } from './decoder-table.ts';
import type { Dictionary } from './dictionary.ts';
import { storedRows } from './encode-graph.ts';
import { assertStillWhole } from './mapped-tensor.ts';

/** Values of a part, 4 MB: they stay in the processor's caches until they are taken to where they belong. */
const PART_VALUES = 2 ** 20;
/**
 * Decoders of more than this share of the machine's memory are not mapped: around each page of a mapped file others are
 * read, up to 128 KB on Linux, which pays only where they stay in memory until they are wanted.
 */
const MAPPED_SHARE = 1 / 4;
const WORD = 2 ** 32;

/** Where scaled rows go: `values` [count, dModel] of the features from the `first` of those asked for; valid until it ends. */
export type RowsTaker = (first: number, values: Float32Array) => void | Promise<void>;

/** Fills `target` [rows.length, dModel] with scales[i] times row rows[i] of a layer's decoder table. */
type RowReader = (target: Float32Array, rows: Float64Array, scales: Float32Array, task?: Task) => Promise<void>;

/**
 * What features write, scaled. Decoders stay mapped in their files, where memory has room for them: ONNX Runtime picks,
 * widens and scales the rows with all its threads. Of larger ones just the wanted rows are read, one by one.
 */
export class DecoderReader {
  readonly dictionary: Dictionary;
  readonly #tables: readonly DecoderTable[];
  readonly #mapped: MappedRows | undefined;
  readonly #threads: number | undefined;
  #summing: Promise<OnnxSession> | undefined;
  /** Memory of calls that have ended. */
  readonly #free: Float32Array[] = [];

  /** `threads`: ONNX Runtime's own choice when undefined. `mapped`: by the decoders' size when undefined. */
  constructor(dictionary: Dictionary, { threads, mapped }: { threads?: number | undefined; mapped?: boolean } = {}) {
    this.dictionary = dictionary;
    this.#tables = dictionary.layers.map(decoderTable);
    this.#threads = threads;
    const bytes = this.#tables.reduce((sum, { table }) => sum + table.entry.byteLength, 0);
    if (mapped ?? bytes <= MAPPED_SHARE * totalmem()) this.#mapped = new MappedRows(this.#tables, threads);
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
    const { rowOf } = this.#tables[layer];
    const reader = await this.#readerOf(layer);
    const perPart = Math.max(1, Math.floor(PART_VALUES / dModel));
    const memory = this.#free.pop() ?? new Float32Array(perPart * dModel);
    for (let first = 0; first < features.length; first += perPart) {
      throwIfCancelled(task);
      const part = features.subarray(first, first + perPart);
      const rows = new Float64Array(part.length);
      // Float64Array.from would take as long as reading them.
      for (let i = 0; i < part.length; i++) rows[i] = rowOf(part[i], outputLayer - layer);
      const values = memory.subarray(0, rows.length * dModel);
      await reader(values, rows, scales.subarray(first, first + perPart), task);
      await onRows(first, values);
    }
    this.#free.push(memory);
  }

  /** Prepares `read` of everything that the features of `layer` write. Errors: `file-damaged`, `cancelled`. */
  async prepare(layer: number, features: Uint32Array, task?: Task): Promise<void> {
    const { table, stride } = this.#tables[layer];
    if (this.#mapped !== undefined || stride === 1) return;
    const [rows, width] = table.entry.shape;
    const whole = { path: table.path, entry: { ...table.entry, shape: [rows / stride, stride * width] } };
    await fetchRows(whole, features, task);
  }

  /** [nGroups, dModel]; the sums of the rows [n, dModel] of each group, of which groups[i] is that of row i. */
  async sumGroups(values: Float32Array, groups: ArrayLike<number>, nGroups: number): Promise<Float32Array> {
    const { dModel } = this.dictionary;
    const n = groups.length;
    const members = new Float32Array(nGroups * n);
    for (let i = 0; i < n; i++) members[groups[i] * n + i] = 1;
    const sums = new Float32Array(nGroups * dModel);
    const session = await (this.#summing ??= this.#openSumming());
    await session.run(
      { members: tensor(members, [nGroups, n]), values: tensor(values, [n, dModel]) },
      { sums: tensor(sums, [nGroups, dModel]) },
    );
    return sums;
  }

  async dispose(): Promise<void> {
    await this.#mapped?.dispose();
    await (await this.#summing)?.dispose();
    this.#summing = undefined;
  }

  #openSumming(): Promise<OnnxSession> {
    const graph = new Graph();
    const members = graph.input('members', 'float32', ['groups', 'n']);
    const sums = matmul(members, graph.input('values', 'float32', ['n', this.dictionary.dModel]));
    return createSession(encodeModel(graph, { sums }), threadsOf(this.#threads));
  }

  async #readerOf(layer: number): Promise<RowReader> {
    if (this.#mapped !== undefined) return this.#mapped.readerOf(layer);
    const { table } = this.#tables[layer];
    return async (target, rows, scales, task) => {
      await gatherRowsInto(target, table, rows, task);
      const width = target.length / rows.length;
      for (const [row, scale] of scales.entries()) {
        const end = (row + 1) * width;
        for (let i = row * width; i < end; i++) target[i] *= scale;
      }
    };
  }
}

/**
 * Rows of mapped tables. A session a layer, made at its first use and kept for every later prompt; on the processor, in
 * whose memory the files are.
 */
class MappedRows {
  readonly #tables: readonly DecoderTable[];
  readonly #threads: number | undefined;
  readonly #sessions: (Promise<OnnxSession> | undefined)[] = [];

  constructor(tables: readonly DecoderTable[], threads: number | undefined) {
    this.#tables = tables;
    this.#threads = threads;
  }

  async readerOf(layer: number): Promise<RowReader> {
    assertStillWhole(this.#tables[layer].table);
    const session = await (this.#sessions[layer] ??= this.#open(layer));
    return async (target, rows, scales) => {
      const n = rows.length;
      await session.run(
        { rows: tensor(integers(rows), [n]), scales: tensor(scales, [n, 1]) },
        { scaled: tensor(target, [n, target.length / n]) },
      );
    };
  }

  async dispose(): Promise<void> {
    for (const session of this.#sessions.splice(0)) await (await session)?.dispose();
  }

  #open(layer: number): Promise<OnnxSession> {
    const graph = new Graph();
    const rows = graph.input('rows', 'int64', ['n']);
    const scales = graph.input('scales', 'float32', ['n', 1]);
    const scaled = mul(storedRows(this.#tables[layer].table, rows), scales);
    const session = createSession(encodeModel(graph, { scaled }), threadsOf(this.#threads));
    // A failure is not kept: the file may be there again later.
    session.catch(() => (this.#sessions[layer] = undefined));
    return session;
  }
}

function threadsOf(threads: number | undefined): SessionSettings {
  return { ...(threads === undefined ? {} : { threads }), keepsNoMemory: true };
}

/** Word by word: making a BigInt of each would take as long as reading the rows. */
function integers(values: Float64Array): BigInt64Array {
  const result = new BigInt64Array(values.length);
  const words = new Uint32Array(result.buffer);
  for (let i = 0; i < values.length; i++) {
    words[2 * i] = values[i] % WORD;
    words[2 * i + 1] = Math.floor(values[i] / WORD);
  }
  return result;
}
