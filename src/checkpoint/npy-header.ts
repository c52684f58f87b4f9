import { CircuitError } from '../errors.ts';
import { elementCount, type Dtype } from './tensor-entry.ts';

/** numpy reads no header that is longer (`numpy.lib.format`, `max_header_size`). */
export const LARGEST_NPY_HEADER = 10_000;
/** Magic, version and the header's length word, in its longest form. */
export const NPY_PREFIX = 12;
/** numpy's own bound is 64; ONNX Runtime's kernels take 8. */
const LARGEST_RANK = 8;

/** What the header of a .npy array says. */
export interface NpyHeader {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Whether the first index varies fastest (column-major). */
  readonly fortranOrder: boolean;
  /** Bytes before the data. */
  readonly length: number;
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  '<f8': 'F64',
  '<f4': 'F32',
  '<f2': 'F16',
  '<i8': 'I64',
  '<i4': 'I32',
  '<i2': 'I16',
  '|i1': 'I8',
  '|u1': 'U8',
  '|b1': 'BOOL',
};

/**
 * Parses the start of a .npy array (numpy.lib.format, versions 1 to 3): a Python dictionary of `descr`, `fortran_order`
 * and `shape`. `bytes` holds at least the header. Errors: `file-damaged`, `file-unsupported` (a type, Python objects),
 * naming the array by `name`.
 */
export function parseNpyHeader(name: string, bytes: Uint8Array): NpyHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < NPY_PREFIX || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== '\x93NUMPY') {
    throw damaged(name, 'does not start as a numpy array');
  }
  const version = bytes[6];
  if (version < 1 || version > 3) throw unsupported(name, `is of version ${version} of numpy's format`);
  const start = version === 1 ? 10 : 12;
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > LARGEST_NPY_HEADER) {
    throw damaged(name, `claims a header of ${length} bytes; ${LARGEST_NPY_HEADER} is the limit`);
  }
  if (start + length > bytes.length) throw damaged(name, 'ends inside its header');
  const text = new TextDecoder().decode(bytes.subarray(start, start + length)).trim();
  return { ...parseDictionary(name, text), length: start + length };
}

function parseDictionary(name: string, text: string): Omit<NpyHeader, 'length'> {
  const descr = /'descr': *('[^']{1,40}'|[[(])/.exec(text)?.[1];
  const order = /'fortran_order': *(True|False)/.exec(text)?.[1];
  const sizes = /'shape': *\(([\d, L]*)\)/.exec(text)?.[1];
  if (descr === undefined || order === undefined || sizes === undefined || !/^\{.*\}$/s.test(text)) {
    throw damaged(name, 'has a header that is not numpy\u2019s');
  }
  const type = descr.replaceAll("'", '');
  if (!Object.hasOwn(DTYPES, type)) {
    throw unsupported(name, `holds values of the type "${type}"; known are ${Object.keys(DTYPES).join(', ')}`);
  }
  const shape = sizes
    .split(',')
    .filter(size => size.trim() !== '')
    .map(Number);
  if (!shape.every(size => Number.isSafeInteger(size)) || !Number.isSafeInteger(elementCount(shape) * 8)) {
    throw damaged(name, `has the impossible shape (${sizes})`);
  }
  if (shape.length > LARGEST_RANK) throw damaged(name, `has ${shape.length} dimensions`);
  const fortranOrder = order === 'True';
  if (fortranOrder && shape.length > 2) throw unsupported(name, `is column-major with ${shape.length} dimensions`);
  return { dtype: DTYPES[type], shape, fortranOrder };
}

function unsupported(name: string, what: string): CircuitError {
  return new CircuitError('file-unsupported', `${name} ${what}.`, 'Save it as a little-endian float32 array.');
}

function damaged(name: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${name} ${what}.`, 'The archive is damaged: fetch or write it again.');
}
