import { CircuitError } from '../errors.ts';
import { duplicateKey } from './duplicate-key.ts';
import { DTYPE_BYTES, elementCount, type Dtype, type TensorEntry } from './tensor-entry.ts';

/** Bounds on what a header may claim, so that a hostile or damaged file cannot make the reader allocate or loop. */
export const SAFETENSORS_LIMITS = {
  /** The Rust library's own bound; the largest published header (Mixtral-size shards) is under 1 MB. */
  headerBytes: 100_000_000,
  /** A hundred times the tensors of the largest published checkpoint. */
  tensors: 1_000_000,
  /** Names are module paths; longer ones only make messages unreadable. */
  nameLength: 1_024,
  /** ONNX Runtime's kernels take at most 8 dimensions. */
  rank: 8,
} as const;

export interface SafetensorsHeader {
  readonly metadata: Readonly<Record<string, string>>;
  /** In the order of the file's bytes. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Checks the first 8 bytes of a file: the header's length, at most what the file can hold. Errors: `file-damaged`. */
export function headerLength(path: string, first8: Uint8Array, fileSize: number): number {
  if (first8.length < 8) {
    throw damaged(path, `is ${fileSize} bytes long, too short for a safetensors file`);
  }
  const length = new DataView(first8.buffer, first8.byteOffset, 8).getBigUint64(0, true);
  if (length > BigInt(fileSize - 8)) {
    throw damaged(path, `claims a header of ${length.toString()} bytes but is ${fileSize} bytes long`);
  }
  if (length > BigInt(SAFETENSORS_LIMITS.headerBytes)) {
    throw damaged(
      path,
      `claims a header of ${length.toString()} bytes; ${SAFETENSORS_LIMITS.headerBytes} is the limit`,
    );
  }
  return Number(length);
}

/**
 * Parses a safetensors header (format: github.com/huggingface/safetensors): JSON of
 * `{name: {dtype, shape, data_offsets: [begin, end]}, "__metadata__": {key: text}}`, offsets relative to the data.
 * Every tensor must lie inside the file, have the length that its shape and dtype say, and share no byte with another;
 * nothing may follow the last one, as in the Rust library.
 * Errors: `file-damaged`, `file-unsupported` (an unknown dtype), both naming the file and the tensor.
 */
export function parseHeader(path: string, header: Uint8Array, fileSize: number): SafetensorsHeader {
  const claims = parseJson(path, header);
  const dataStart = 8 + header.length;
  const names = Object.keys(claims).filter(name => name !== '__metadata__');
  if (names.length > SAFETENSORS_LIMITS.tensors) {
    throw damaged(path, `lists ${names.length} tensors; ${SAFETENSORS_LIMITS.tensors} is the limit`);
  }
  const entries = names.map(name => parseEntry(path, name, claims[name], dataStart, fileSize));
  entries.sort((a, b) => a.offset - b.offset || a.byteLength - b.byteLength);
  for (let i = 1; i < entries.length; i++) {
    const before = entries[i - 1];
    if (before.offset + before.byteLength > entries[i].offset) {
      throw damaged(path, `stores tensor "${entries[i].name}" over bytes of tensor "${before.name}"`);
    }
  }
  const end = entries.reduce((last, { offset, byteLength }) => Math.max(last, offset + byteLength), dataStart);
  if (end < fileSize) {
    throw damaged(
      path,
      `is ${fileSize} bytes long but its last tensor ends at byte ${end}: bytes were added, or still are`,
    );
  }
  return { metadata: parseMetadata(path, claims.__metadata__), entries: new Map(entries.map(e => [e.name, e])) };
}

function parseJson(path: string, header: Uint8Array): Record<string, unknown> {
  let text: string;
  let value: unknown;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(header);
    value = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, 'has a header that is not JSON', cause);
  }
  if (!isRecord(value)) throw damaged(path, 'has a header that is not a JSON object');
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(path, `lists "${shortened(twice)}" twice in its header`);
  return value;
}

function parseEntry(path: string, name: string, claim: unknown, dataStart: number, fileSize: number): TensorEntry {
  if (name.length > SAFETENSORS_LIMITS.nameLength) {
    throw damaged(path, `names a tensor with ${name.length} characters ("${shortened(name)}")`);
  }
  if (!isRecord(claim)) throw damagedTensor(path, name, 'is not described by an object');
  const { dtype, shape, data_offsets: offsets } = claim;
  if (typeof dtype !== 'string') throw damagedTensor(path, name, 'has no dtype');
  if (!isDtype(dtype)) {
    throw new CircuitError(
      'file-unsupported',
      `${path}: tensor "${name}" has the dtype "${shortened(dtype)}", which is not known.`,
      `Convert it to one of ${Object.keys(DTYPE_BYTES).join(', ')}.`,
    );
  }
  if (!isSizes(shape)) throw damagedTensor(path, name, 'has a shape that is not a list of sizes');
  if (shape.length > SAFETENSORS_LIMITS.rank) throw damagedTensor(path, name, `has ${shape.length} dimensions`);
  if (!isSizes(offsets) || offsets.length !== 2) {
    throw damagedTensor(path, name, 'has data_offsets that are not two whole numbers');
  }
  const [begin, end] = offsets;
  const expected = elementCount(shape) * DTYPE_BYTES[dtype];
  // Beyond 2^53 a product is no longer exact, and no file is that long.
  if (!Number.isSafeInteger(expected))
    throw damagedTensor(path, name, `has the impossible shape [${shape.join(', ')}]`);
  if (end - begin !== expected) {
    throw damagedTensor(
      path,
      name,
      `occupies ${end - begin} bytes but its shape [${shape.join(', ')}] in ${dtype} needs ${expected}`,
    );
  }
  if (dataStart + end > fileSize) {
    throw damagedTensor(path, name, `ends at byte ${dataStart + end} but the file is ${fileSize} bytes long`);
  }
  return { name, dtype, shape, offset: dataStart + begin, byteLength: expected };
}

function parseMetadata(path: string, claim: unknown): Record<string, string> {
  if (claim === undefined || claim === null) return {};
  if (!isRecord(claim)) throw damaged(path, 'has "__metadata__" that is not an object');
  const texts = Object.entries(claim).filter((pair): pair is [string, string] => typeof pair[1] === 'string');
  if (texts.length < Object.keys(claim).length) throw damaged(path, 'has "__metadata__" with values that are not text');
  return Object.fromEntries(texts);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isDtype(text: string): text is Dtype {
  return Object.hasOwn(DTYPE_BYTES, text);
}

function isSizes(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(size => Number.isSafeInteger(size) && size >= 0);
}

/** Names from a hostile file may be megabytes long. */
function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

function damagedTensor(path: string, name: string, what: string): CircuitError {
  return damaged(path, `tensor "${name}" ${what}`, undefined, ':');
}

function damaged(path: string, what: string, cause?: unknown, separator = ''): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path}${separator} ${what}.`,
    'The file is damaged or was not fully downloaded: fetch or write it again.',
    { cause },
  );
}
