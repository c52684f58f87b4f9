import { CircuitError } from '../errors.ts';
import { writeFileAtomically } from './atomic-file.ts';
import { narrowToBfloat16, narrowToFloat16 } from './half-floats.ts';
import { DTYPE_BYTES, elementCount } from './tensor-entry.ts';

/** A tensor to be written: floating-point data may be narrowed, integers are stored as they are. Row-major. */
export type WritableTensor = { readonly name: string; readonly shape: readonly number[] } & (
  | { readonly dtype: 'F32' | 'F16' | 'BF16'; readonly data: Float32Array }
  | { readonly dtype: 'I64'; readonly data: BigInt64Array }
  | { readonly dtype: 'I32'; readonly data: Int32Array }
);

/** The Rust library's order: widest alignment first, so that every tensor is aligned to its own element. */
const DTYPE_ORDER = ['I64', 'F32', 'I32', 'BF16', 'F16'] as const;

/**
 * Writes `path` as the Rust library of safetensors lays it out (tensors by dtype, then name; header padded with spaces
 * to 8 bytes), through a temporary file. The same tensors give the same bytes in whatever order they come.
 * Errors: `file-write`, also for a value that the dtype cannot hold.
 */
export async function writeSafetensors(
  path: string,
  tensors: readonly WritableTensor[],
  metadata?: Readonly<Record<string, string>>,
): Promise<void> {
  const sorted = [...tensors].sort(
    (a, b) => DTYPE_ORDER.indexOf(a.dtype) - DTYPE_ORDER.indexOf(b.dtype) || compareBytes(a.name, b.name),
  );
  // As pairs and not as an object, whose keys would be reordered when they look like numbers.
  const fields: string[] = [];
  if (metadata !== undefined && Object.keys(metadata).length > 0) {
    const pairs = Object.entries(metadata).sort(([a], [b]) => compareBytes(a, b));
    fields.push(`"__metadata__":{${pairs.map(([k, v]) => `${JSON.stringify(k)}:${JSON.stringify(v)}`).join(',')}}`);
  }
  const names = new Set<string>();
  let end = 0;
  for (const { name, dtype, shape, data } of sorted) {
    if (data.length !== elementCount(shape)) {
      throw new RangeError(`${path}: tensor "${name}" [${shape.join(', ')}] was given ${data.length} values.`);
    }
    if (names.has(name) || name === '__metadata__') throw new RangeError(`${path}: two tensors are named "${name}".`);
    names.add(name);
    const begin = end;
    end += data.length * DTYPE_BYTES[dtype];
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }
  await writeFileAtomically(path, chunks(path, `{${fields.join(',')}}`, sorted));
}

function* chunks(path: string, json: string, tensors: readonly WritableTensor[]): Generator<Uint8Array> {
  const unpadded = Buffer.byteLength(json);
  const header = Buffer.from(json + ' '.repeat((8 - (unpadded % 8)) % 8));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(header.length), true);
  yield length;
  yield header;
  for (const tensor of tensors) {
    const stored = storedData(path, tensor);
    yield new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength);
  }
}

function storedData(path: string, tensor: WritableTensor): ArrayBufferView {
  if (tensor.dtype === 'F16') {
    const halves = narrowToFloat16(tensor.data);
    const bad = halves.findIndex((bits, i) => (bits & 0x7fff) === 0x7c00 && Number.isFinite(tensor.data[i]));
    if (bad >= 0) {
      throw new CircuitError(
        'file-write',
        `${path}: tensor "${tensor.name}" holds ${tensor.data[bad]}, beyond the largest 16-bit float (65504).`,
        'Write it in 32 bits.',
      );
    }
    return halves;
  }
  return tensor.dtype === 'BF16' ? narrowToBfloat16(tensor.data) : tensor.data;
}

/** The Rust library compares names by UTF-8 bytes. */
function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
