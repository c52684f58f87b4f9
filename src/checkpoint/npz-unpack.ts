import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { cacheFolder } from './cache-folder.ts';
import { crc32 } from './crc32.ts';
import { widenFloat16 } from './half-floats.ts';
import type { NpyHeader } from './npy-header.ts';
import { writeSafetensors, type WritableTensor } from './safetensors-writer.ts';
import { elementCount } from './tensor-entry.ts';
import type { ZipMember } from './zip-directory.ts';

/** A member of an .npz archive with the header of its array. */
export interface NpzArray {
  /** The member's name without `.npy`. */
  readonly name: string;
  readonly member: ZipMember;
  readonly header: NpyHeader;
}

/** 262,144 features of 5,376 numbers, the largest published layer, are 5.6 GB. */
const LARGEST_ARRAY_BYTES = 8_000_000_000;
/** Deflate packs 258 bytes into 2 bits at best: what claims more is not to be given memory. */
const LARGEST_RATIO = 1_032;

/**
 * Writes the floating-point arrays of an archive as float32, row-major, to a .safetensors file of the cache and gives
 * its path. The name follows from the archive's path, size and checksums, so each is unpacked once. Only float arrays
 * are taken. Errors: `file-damaged` naming the member, `file-write`, `cancelled`.
 */
export async function unpackNpz(path: string, arrays: readonly NpzArray[], task?: Task): Promise<string> {
  const hash = createHash('sha256').update(await realpath(path));
  for (const { name, member } of arrays) hash.update(`\n${name} ${member.crc32} ${member.bytes} ${member.offset}`);
  const folder = join(cacheFolder(), 'unpacked');
  const copy = join(folder, `${hash.digest('hex').slice(0, 32)}.safetensors`);
  if (await isFile(copy)) return copy;
  const tensors: WritableTensor[] = [];
  for (const [i, array] of arrays.entries()) {
    task?.progress?.('unpack', i, arrays.length);
    throwIfCancelled(task);
    if (!['F64', 'F32', 'F16'].includes(array.header.dtype)) continue;
    const data = rowMajor(floatsOf(array, await memberBytes(path, array, task)), array);
    tensors.push({ name: array.name, dtype: 'F32', shape: array.header.shape, data });
  }
  try {
    await mkdir(folder, { recursive: true });
  } catch (cause) {
    throw new CircuitError('file-write', `${folder} cannot be made.`, 'Check the permissions and the free space.', {
      cause,
    });
  }
  await writeSafetensors(copy, tensors, { source: path });
  return copy;
}

/** The member's bytes without the array's header, checked against the archive's checksum. */
async function memberBytes(path: string, { member, header }: NpzArray, task: Task | undefined): Promise<Uint8Array> {
  const limit = Math.min(LARGEST_ARRAY_BYTES, LARGEST_RATIO * member.packedBytes);
  if (member.bytes > limit) throw damaged(path, member.name, `claims ${member.bytes} bytes; ${limit} is the limit`);
  const bytes = new Uint8Array(member.bytes);
  let length = 0;
  const collect = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      // More than the archive says: a bomb, or damage.
      if (length + chunk.length > bytes.length) {
        done(damaged(path, member.name, `unpacks to more than the ${bytes.length} bytes that it claims`));
        return;
      }
      bytes.set(chunk, length);
      length += chunk.length;
      done();
    },
  });
  const source = createReadStream(path, { start: member.offset, end: member.offset + member.packedBytes - 1 });
  try {
    if (member.method === 0) await pipeline(source, collect, { signal: task?.signal });
    else await pipeline(source, createInflateRaw(), collect, { signal: task?.signal });
  } catch (cause) {
    throwIfCancelled(task);
    if (cause instanceof CircuitError) throw cause;
    throw damaged(path, member.name, 'cannot be unpacked', cause);
  }
  if (length < bytes.length) throw damaged(path, member.name, `unpacks to ${length} of its ${bytes.length} bytes`);
  if (crc32(bytes) !== member.crc32) throw damaged(path, member.name, 'does not have the checksum that it claims');
  return bytes.subarray(header.length);
}

function floatsOf({ header }: NpzArray, bytes: Uint8Array): Float32Array {
  const count = elementCount(header.shape);
  // numpy pads its headers to 64 bytes; where another writer does not, a copy starts at a multiple of any element.
  const { buffer, byteOffset } = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  if (header.dtype === 'F32') return new Float32Array(buffer, byteOffset, count);
  if (header.dtype === 'F64') return Float32Array.from(new Float64Array(buffer, byteOffset, count));
  const values = new Float32Array(count);
  widenFloat16(new Uint16Array(buffer, byteOffset, count), values);
  return values;
}

/** Values of a matrix in row-major order. */
function rowMajor(values: Float32Array, { header }: NpzArray): Float32Array {
  const { shape, fortranOrder } = header;
  if (!fortranOrder || shape.length < 2) return values;
  const [rows, ...rest] = shape;
  const width = elementCount(rest);
  const turned = new Float32Array(values.length);
  for (let column = 0; column < width; column++) {
    for (let row = 0; row < rows; row++) turned[row * width + column] = values[column * rows + row];
  }
  return turned;
}

function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    entry => entry.isFile(),
    () => false,
  );
}

function damaged(path: string, member: string, what: string, cause?: unknown): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path}: member "${member}" ${what}.`,
    'The archive is damaged or was not fully downloaded: fetch it again.',
    { cause },
  );
}
