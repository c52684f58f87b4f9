import { storedTensor, type TensorRef } from '../checkpoint/index.ts';
import { cast, createSession, encodeModel, Graph, tensor, transpose } from '../onnx/index.ts';
import type { OnnxSession, Value } from '../onnx/index.ts';
import { assertStillWhole } from './mapped-tensor.ts';

/**
 * Columns of a stored matrix as rows, [columns.length, rows]; only they are cast where it has 16 bits.
 * matrix: [rows, columns] in its file; columns: int64 [n].
 */
export function storedColumns(matrix: TensorRef, columns: Value): Value {
  const { graph } = columns;
  const whole = storedTensor(graph, matrix);
  const stored = whole.producer === undefined ? whole : whole.producer.inputs[0];
  const shape = [matrix.entry.shape[0], ...columns.shape];
  const [picked] = graph.node('Gather', [stored, columns], [{ dtype: stored.dtype, shape }], {
    attributes: { axis: 1 },
    differentiable: [],
  });
  return transpose(cast(picked, 'float32'), [1, 0]);
}

/**
 * Reads columns of a matrix that is stored by rows (GemmaScope's encoders, [dModel, nFeatures]). A column lies scattered
 * over the whole matrix: reading it by position would be a read for each number, so ONNX Runtime picks the numbers from
 * the mapped file, and the mapping is kept.
 */
export class ColumnReader {
  readonly #matrix: TensorRef;
  #session: Promise<OnnxSession> | undefined;

  constructor(matrix: TensorRef) {
    this.#matrix = matrix;
  }

  /**
   * [columns.length, rows], in the order given. Errors: `file-damaged` for a file that is shorter than it was; RangeError
   * for a column that the matrix does not have.
   */
  async read(columns: ArrayLike<number>): Promise<Float32Array> {
    const [, count] = this.#matrix.entry.shape;
    const wanted = BigInt64Array.from({ length: columns.length }, (_, i) => {
      if (!(columns[i] >= 0 && columns[i] < count)) {
        throw new RangeError(`${this.#matrix.path}: tensor "${this.#matrix.entry.name}" has no column ${columns[i]}.`);
      }
      return BigInt(columns[i]);
    });
    if (wanted.length === 0) return new Float32Array(0);
    assertStillWhole(this.#matrix);
    const session = await (this.#session ??= this.#open());
    const { rows } = await session.run({ columns: tensor(wanted, [wanted.length]) });
    return rows.data as Float32Array;
  }

  #open(): Promise<OnnxSession> {
    const graph = new Graph();
    const rows = storedColumns(this.#matrix, graph.input('columns', 'int64', ['n']));
    const session = createSession(encodeModel(graph, { rows }));
    // A failure is not kept: the file may be there again later.
    session.catch(() => (this.#session = undefined));
    return session;
  }
}
