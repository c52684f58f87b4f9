import type { FileHandle } from 'node:fs/promises';
import { setImmediate } from 'node:timers/promises';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { widenBfloat16, widenFloat16 } from './half-floats.ts';
import type { OpenFiles } from './open-files.ts';
import { openForReading, readExactly, readExactlySync, withFile } from './safetensors-file.ts';
import { DTYPE_BYTES, elementCount, type TensorEntry, type TensorRef } from './tensor-entry.ts';

/** Values converted between two checks for cancellation: 16 MB of float32, a few milliseconds. */
const CHUNK_VALUES = 2 ** 22;
/** Two wanted rows that are closer than this are read in one go: a second read costs more than these bytes. */
const COALESCE_GAP_BYTES = 64 * 1024;
const COALESCE_SPAN_BYTES = 1024 * 1024;
/** Rows are read while the program waits, so long at a time: waiting for each would take several times as long. */
const TURN_MS = 10;

/** All values of a floating-point tensor as float32, row-major. Errors: `file-damaged`, `file-unsupported`. */
export async function readFloat32(ref: TensorRef, task?: Task): Promise<Float32Array> {
  const target = allocate(ref, elementCount(ref.entry.shape));
  await withFile(ref.path, handle => readValues(handle, ref, 0, target, task));
  return target;
}

/**
 * All rows of the first dimension in turn as float32, [rows, ...rest], at most `values` numbers (but at least a row) at a
 * time. The array is used again: it is valid until the next is asked for.
 */
export async function* rowChunks(ref: TensorRef, values: number, task?: Task): AsyncGenerator<Float32Array> {
  const { rows, width } = rowShape(ref.entry);
  const perChunk = Math.min(rows, Math.max(1, Math.floor(values / width)));
  const target = allocate(ref, perChunk * width);
  const handle = await openForReading(ref.path);
  try {
    for (let first = 0; first < rows; first += perChunk) {
      const chunk = target.subarray(0, Math.min(perChunk, rows - first) * width);
      await readValues(handle, ref, first * width, chunk, task);
      yield chunk;
    }
  } finally {
    await handle.close();
  }
}

/**
 * The given rows of the first dimension as float32, [rows.length, ...rest], in the order given (repeats allowed).
 * Only the wanted rows and short gaps between them are read, from `files` where these are given.
 */
export async function gatherRows(
  ref: TensorRef,
  rows: ArrayLike<number>,
  task?: Task,
  files?: OpenFiles,
): Promise<Float32Array> {
  const target = allocate(ref, rows.length * rowShape(ref.entry).width);
  await gatherRowsInto(target, ref, rows, task, files);
  return target;
}

/** The same, written to `target`. */
export async function gatherRowsInto(
  target: Float32Array,
  ref: TensorRef,
  rows: ArrayLike<number>,
  task?: Task,
  files?: OpenFiles,
): Promise<void> {
  const { width } = rowShape(ref.entry);
  const rowBytes = width * DTYPE_BYTES[ref.entry.dtype];
  await readRows(ref, rows, task, files, (i, span, at) => {
    // Gaps between wanted rows are read but not converted, which is what costs.
    widen(ref, span.subarray(at, at + rowBytes), target.subarray(i * width, (i + 1) * width));
  });
}

/**
 * Reads rows only for the system to have them in memory: of a row that is wanted piece by piece, a read for each piece
 * would wait for the disk each time.
 */
export async function fetchRows(ref: TensorRef, rows: ArrayLike<number>, task?: Task): Promise<void> {
  await readRows(ref, rows, task, undefined, () => undefined);
}

/** Calls back with where the row rows[i] begins in what was read; what lies there is valid during the call. */
async function readRows(
  ref: TensorRef,
  rows: ArrayLike<number>,
  task: Task | undefined,
  files: OpenFiles | undefined,
  onRow: (i: number, span: Uint8Array, at: number) => void,
): Promise<void> {
  const { rows: rowCount, width } = rowShape(ref.entry);
  const order = Array.from({ length: rows.length }, (_, i) => i);
  if (order.some(i => i > 0 && rows[i] < rows[i - 1])) order.sort((a, b) => rows[a] - rows[b]);
  for (const i of order) {
    if (!Number.isInteger(rows[i]) || rows[i] < 0 || rows[i] >= rowCount) throw rowError(ref, rows[i]);
  }
  const rowBytes = width * DTYPE_BYTES[ref.entry.dtype];
  const read = async (handle: FileHandle): Promise<void> => {
    let span = new Uint8Array(0);
    let turnEnds = performance.now() + TURN_MS;
    for (let start = 0; start < order.length;) {
      const end = spanEnd(order, rows, start, rowBytes);
      if (performance.now() > turnEnds) {
        await setImmediate();
        throwIfCancelled(task);
        turnEnds = performance.now() + TURN_MS;
      }
      const firstRow = rows[order[start]];
      const spanBytes = (rows[order[end - 1]] - firstRow + 1) * rowBytes;
      if (span.length < spanBytes) span = new Uint8Array(spanBytes);
      readExactlySync(handle, ref.path, span.subarray(0, spanBytes), ref.entry.offset + firstRow * rowBytes);
      for (let i = start; i < end; i++) onRow(order[i], span, (rows[order[i]] - firstRow) * rowBytes);
      start = end;
    }
  };
  throwIfCancelled(task);
  await (files === undefined ? withFile(ref.path, read) : read(await files.handle(ref.path)));
}

/** One past the last of the sorted rows that is read together with the one at `start`. */
function spanEnd(order: readonly number[], rows: ArrayLike<number>, start: number, rowBytes: number): number {
  let end = start + 1;
  while (
    end < order.length &&
    (rows[order[end]] - rows[order[end - 1]] - 1) * rowBytes <= COALESCE_GAP_BYTES &&
    (rows[order[end]] - rows[order[start]] + 1) * rowBytes <= COALESCE_SPAN_BYTES
  ) {
    end++;
  }
  return end;
}

/** All values of an integer tensor (I64, I32, I16, I8, U8, BOOL) as int64. Errors: `file-unsupported`. */
export async function readInt64(ref: TensorRef): Promise<BigInt64Array> {
  const bytes = new Uint8Array(ref.entry.byteLength);
  await withFile(ref.path, handle => readExactly(handle, ref.path, bytes, ref.entry.offset));
  switch (ref.entry.dtype) {
    case 'I64':
      return new BigInt64Array(bytes.buffer);
    case 'I32':
      return BigInt64Array.from(new Int32Array(bytes.buffer), BigInt);
    case 'I16':
      return BigInt64Array.from(new Int16Array(bytes.buffer), BigInt);
    case 'I8':
      return BigInt64Array.from(new Int8Array(bytes.buffer), BigInt);
    case 'U8':
    case 'BOOL':
      return BigInt64Array.from(bytes, BigInt);
    default:
      throw wrongDtype(ref, 'an integer');
  }
}

/**
 * Reads all of a floating-point tensor and throws `file-damaged` at the first value that is NaN or infinite,
 * naming the file, the tensor and the index.
 */
export async function assertFinite(ref: TensorRef, task?: Task): Promise<void> {
  const count = elementCount(ref.entry.shape);
  const chunk = new Float32Array(Math.min(CHUNK_VALUES, count));
  await withFile(ref.path, async handle => {
    for (let first = 0; first < count; first += CHUNK_VALUES) {
      const values = chunk.subarray(0, Math.min(CHUNK_VALUES, count - first));
      await readValues(handle, ref, first, values, task);
      assertFiniteValues(ref, values, first);
    }
  });
}

/** The same check on values that were read already; `first` is the index of values[0] in the tensor. */
export function assertFiniteValues(ref: TensorRef, values: Float32Array, first = 0): void {
  const bad = values.findIndex(value => !Number.isFinite(value));
  if (bad < 0) return;
  throw new CircuitError(
    'file-damaged',
    `${ref.path}: tensor "${ref.entry.name}" holds ${values[bad]} at [${unravel(first + bad, ref.entry.shape).join(', ')}].`,
    'The weights are broken: fetch them again, or train again with a smaller learning rate.',
  );
}

/** Fills `target` with the values of the tensor from element `first` on. */
async function readValues(handle: FileHandle, ref: TensorRef, first: number, target: Float32Array, task?: Task) {
  const { path, entry } = ref;
  const itemBytes = DTYPE_BYTES[entry.dtype];
  // Once for all: what is thrown away in every turn stays until the garbage is collected.
  const stored = new Uint8Array(entry.dtype === 'F32' ? 0 : Math.min(CHUNK_VALUES, target.length) * itemBytes);
  for (let done = 0; done < target.length; done += CHUNK_VALUES) {
    throwIfCancelled(task);
    const values = target.subarray(done, Math.min(done + CHUNK_VALUES, target.length));
    const position = entry.offset + (first + done) * itemBytes;
    if (entry.dtype === 'F32') {
      // Every platform with an ONNX Runtime build is little-endian, as the file is.
      await readExactly(handle, path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
      continue;
    }
    const bytes = stored.subarray(0, values.length * itemBytes);
    await readExactly(handle, path, bytes, position);
    widen(ref, bytes, values);
  }
}

/** Stored bytes as float32; they start at a multiple of their element's size in their buffer. */
function widen(ref: TensorRef, { buffer, byteOffset }: Uint8Array, values: Float32Array): void {
  const { dtype } = ref.entry;
  if (dtype === 'F16') widenFloat16(new Uint16Array(buffer, byteOffset, values.length), values);
  else if (dtype === 'BF16') widenBfloat16(new Uint16Array(buffer, byteOffset, values.length), values);
  else if (dtype === 'F32') values.set(new Float32Array(buffer, byteOffset, values.length));
  else if (dtype === 'F64') values.set(new Float64Array(buffer, byteOffset, values.length));
  else throw wrongDtype(ref, 'a floating-point');
}

/** Whether the readers of this file take the tensor. */
export function isFloat(ref: TensorRef): boolean {
  return ['F32', 'F16', 'BF16', 'F64'].includes(ref.entry.dtype);
}

function allocate(ref: TensorRef, count: number): Float32Array {
  if (!isFloat(ref)) throw wrongDtype(ref, 'a floating-point');
  try {
    return new Float32Array(count);
  } catch (cause) {
    throw new CircuitError(
      'memory',
      `${ref.path}: tensor "${ref.entry.name}" needs ${count * 4} bytes, more than one array can hold.`,
      'Use a smaller model or dictionary.',
      { cause },
    );
  }
}

function rowShape(entry: TensorEntry): { rows: number; width: number } {
  return { rows: entry.shape[0] ?? 1, width: elementCount(entry.shape.slice(1)) };
}

function unravel(index: number, shape: readonly number[]): number[] {
  const indices: number[] = [];
  for (let i = shape.length - 1; i >= 0; i--) {
    indices.unshift(index % shape[i]);
    index = Math.floor(index / shape[i]);
  }
  return indices;
}

/** A caller's mistake, not the file's: no CircuitError. */
function rowError(ref: TensorRef, row: number): RangeError {
  return new RangeError(`${ref.path}: tensor "${ref.entry.name}" [${ref.entry.shape.join(', ')}] has no row ${row}.`);
}

function wrongDtype(ref: TensorRef, wanted: string): CircuitError {
  return new CircuitError(
    'file-unsupported',
    `${ref.path}: tensor "${ref.entry.name}" is stored as ${ref.entry.dtype} where ${wanted} type is needed.`,
    'Convert it (quantised checkpoints are not read).',
  );
}
