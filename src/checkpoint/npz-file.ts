import { createInflateRaw } from 'node:zlib';
import type { FileHandle } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { LARGEST_NPY_HEADER, NPY_PREFIX, parseNpyHeader } from './npy-header.ts';
import { unpackNpz, type NpzArray } from './npz-unpack.ts';
import { openSafetensors, readExactly, withFile, type SafetensorsFile } from './safetensors-file.ts';
import { DTYPE_BYTES, elementCount, type TensorEntry } from './tensor-entry.ts';
import { readZipDirectory, type ZipMember } from './zip-directory.ts';

/** The index of a weight file, .npz by its name or else .safetensors. Errors: as the two formats. */
export function openWeights(path: string, task?: Task): Promise<SafetensorsFile> {
  return path.toLowerCase().endsWith('.npz') ? openNpz(path, task) : openSafetensors(path);
}

/**
 * The index of an .npz archive, as of a .safetensors file. Arrays that numpy.savez stored as they are stay where they
 * are and are read by position. Where one is deflated, column-major or float64, the archive is unpacked once into the
 * cache, and the index is that of the copy. Errors: `file-missing`, `file-damaged`, `file-unsupported`, `file-write`.
 */
export async function openNpz(path: string, task?: Task): Promise<SafetensorsFile> {
  const { size, arrays } = await withFile(path, async handle => {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new CircuitError('file-missing', `${path} is not a file.`, 'Give the path of a file.');
    const members = await readZipDirectory(handle, path, stat.size);
    const found: NpzArray[] = [];
    for (const member of members) if (member.name.endsWith('.npy')) found.push(await arrayOf(handle, path, member));
    return { size: stat.size, arrays: found };
  });
  if (arrays.some(needsUnpacking)) return openSafetensors(await unpackNpz(path, arrays, task));
  const entries = arrays.map(entryOf).sort((a, b) => a.offset - b.offset);
  return { path, size, dataStart: 0, metadata: {}, entries: new Map(entries.map(entry => [entry.name, entry])) };
}

function needsUnpacking({ member, header }: NpzArray): boolean {
  const transposed = header.fortranOrder && header.shape.filter(size => size > 1).length > 1;
  return member.method !== 0 || transposed || header.dtype === 'F64';
}

function entryOf({ name, member, header }: NpzArray): TensorEntry {
  const { dtype, shape, length } = header;
  return { name, dtype, shape, offset: member.offset + length, byteLength: elementCount(shape) * DTYPE_BYTES[dtype] };
}

async function arrayOf(handle: FileHandle, path: string, member: ZipMember): Promise<NpzArray> {
  const described = `${path}: member "${member.name}"`;
  const start = await firstBytes(handle, path, member);
  const header = parseNpyHeader(described, start);
  const expected = header.length + elementCount(header.shape) * DTYPE_BYTES[header.dtype];
  if (expected !== member.bytes) {
    throw new CircuitError(
      'file-damaged',
      `${described} has ${member.bytes} bytes but its shape [${header.shape.join(', ')}] in ${header.dtype} needs ${expected}.`,
      'The archive is damaged: fetch or write it again.',
    );
  }
  return { name: member.name.slice(0, -'.npy'.length), member, header };
}

/** At least the array's header, or all of a shorter member. */
async function firstBytes(handle: FileHandle, path: string, member: ZipMember): Promise<Uint8Array> {
  const wanted = Math.min(member.bytes, NPY_PREFIX + LARGEST_NPY_HEADER);
  // Deflate makes nothing longer by more than a few bytes in a thousand.
  const packed = new Uint8Array(Math.min(member.packedBytes, member.method === 0 ? wanted : wanted + 1024));
  await readExactly(handle, path, packed, member.offset);
  return member.method === 0 ? packed : inflateStart(packed, wanted);
}

/** The first `wanted` bytes of a deflated stream that may be cut off; fewer where it is damaged. */
function inflateStart(packed: Uint8Array, wanted: number): Promise<Uint8Array> {
  return new Promise(resolve => {
    const stream = createInflateRaw();
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (): void => {
      stream.destroy();
      resolve(Buffer.concat(chunks).subarray(0, wanted));
    };
    stream.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= wanted) finish();
    });
    stream.on('end', finish);
    stream.on('error', finish);
    stream.end(packed);
  });
}
