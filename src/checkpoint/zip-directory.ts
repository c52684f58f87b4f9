import type { FileHandle } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';
import { readExactly } from './safetensors-file.ts';

/** Bounds on what an archive may claim, so that a hostile or damaged one cannot make the reader allocate or loop. */
export const ZIP_LIMITS = {
  /** An archive of arrays has one member for each tensor: five in GemmaScope's. */
  members: 10_000,
  /** 10,000 entries of 46 bytes with names and extra fields of some hundred. */
  directoryBytes: 8_000_000,
  nameLength: 1_024,
  /** The end record is 22 bytes, its comment at most 65,535 (APPNOTE 4.3.16), the locator before it 20. */
  endBytes: 22 + 65_535 + 20,
} as const;

/** A member of a zip archive. */
export interface ZipMember {
  readonly name: string;
  /** 0: stored as it is; 8: deflated. */
  readonly method: 0 | 8;
  readonly crc32: number;
  readonly packedBytes: number;
  readonly bytes: number;
  /** Where its packed data starts in the file. */
  readonly offset: number;
}

/**
 * The members of a zip archive (PKWARE's APPNOTE 6.3, with zip64 as numpy writes it), by its central directory.
 * Errors: `file-damaged`, `file-unsupported` (encryption, other compressions), naming the file and the member.
 */
export async function readZipDirectory(handle: FileHandle, path: string, fileSize: number): Promise<ZipMember[]> {
  const { offset, size, count } = await endRecord(handle, path, fileSize);
  if (count > ZIP_LIMITS.members) throw damaged(path, `lists ${count} members; ${ZIP_LIMITS.members} is the limit`);
  if (size > ZIP_LIMITS.directoryBytes) {
    throw damaged(path, `claims a directory of ${size} bytes; ${ZIP_LIMITS.directoryBytes} is the limit`);
  }
  if (offset + size > fileSize) throw damaged(path, 'has a directory that lies beyond its end');
  const directory = new Uint8Array(size);
  await readExactly(handle, path, directory, offset);
  const entries = parseDirectory(path, directory, count);
  const members: ZipMember[] = [];
  for (const entry of entries) members.push(await locate(handle, path, fileSize, entry));
  return members;
}

interface DirectoryEnd {
  readonly offset: number;
  readonly size: number;
  readonly count: number;
}

const UNKNOWN_32 = 0xffffffff;

async function endRecord(handle: FileHandle, path: string, fileSize: number): Promise<DirectoryEnd> {
  const tail = new Uint8Array(Math.min(fileSize, ZIP_LIMITS.endBytes));
  await readExactly(handle, path, tail, fileSize - tail.length);
  const view = new DataView(tail.buffer);
  for (let at = tail.length - 22; at >= 0; at--) {
    if (view.getUint32(at, true) !== 0x06054b50) continue;
    const end = {
      count: view.getUint16(at + 10, true),
      size: view.getUint32(at + 12, true),
      offset: view.getUint32(at + 16, true),
    };
    const zip64 = end.count === 0xffff || end.size === UNKNOWN_32 || end.offset === UNKNOWN_32;
    return zip64 && at >= 20 ? await zip64End(handle, path, fileSize, view, at - 20) : end;
  }
  throw damaged(path, 'has no zip directory at its end');
}

async function zip64End(
  handle: FileHandle,
  path: string,
  fileSize: number,
  tail: DataView,
  locator: number,
): Promise<DirectoryEnd> {
  if (tail.getUint32(locator, true) !== 0x07064b50) throw damaged(path, 'has no zip64 directory where it must be');
  const at = exact(path, tail.getBigUint64(locator + 8, true));
  if (at + 56 > fileSize) throw damaged(path, 'has a zip64 directory that lies beyond its end');
  const record = new Uint8Array(56);
  await readExactly(handle, path, record, at);
  const view = new DataView(record.buffer);
  if (view.getUint32(0, true) !== 0x06064b50) throw damaged(path, 'has no zip64 directory where it must be');
  return {
    count: exact(path, view.getBigUint64(32, true)),
    size: exact(path, view.getBigUint64(40, true)),
    offset: exact(path, view.getBigUint64(48, true)),
  };
}

/** A directory entry: the member, but with the place of its local header. */
type Entry = Omit<ZipMember, 'offset'> & { readonly header: number };

function parseDirectory(path: string, directory: Uint8Array, count: number): Entry[] {
  const view = new DataView(directory.buffer);
  const names = new Set<string>();
  const entries: Entry[] = [];
  let at = 0;
  for (let i = 0; i < count; i++) {
    if (at + 46 > directory.length || view.getUint32(at, true) !== 0x02014b50) {
      throw damaged(path, `has a broken directory at member ${i}`);
    }
    const nameLength = view.getUint16(at + 28, true);
    const extraLength = view.getUint16(at + 30, true);
    const end = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
    if (end > directory.length || nameLength > ZIP_LIMITS.nameLength) {
      throw damaged(path, `has a broken directory at member ${i}`);
    }
    const name = new TextDecoder().decode(directory.subarray(at + 46, at + 46 + nameLength));
    if (names.has(name)) throw damaged(path, `lists "${name}" twice`);
    names.add(name);
    const method = view.getUint16(at + 10, true);
    if ((view.getUint16(at + 8, true) & 1) !== 0) throw unsupported(path, name, 'is encrypted');
    if (method !== 0 && method !== 8) throw unsupported(path, name, `is compressed by method ${method}`);
    const extra = new DataView(directory.buffer, at + 46 + nameLength, extraLength);
    const sizes = wideSizes(path, name, extra, [
      view.getUint32(at + 24, true),
      view.getUint32(at + 20, true),
      view.getUint32(at + 42, true),
    ]);
    const [bytes, packedBytes, header] = sizes;
    if (method === 0 && bytes !== packedBytes) throw damaged(path, `member "${name}" has two lengths`, ':');
    entries.push({ name, method, crc32: view.getUint32(at + 16, true), packedBytes, bytes, header });
    at = end;
  }
  return entries;
}

/** Size, packed size and header offset; those that are 2^32 - 1 stand in the zip64 field (id 1), in this order. */
function wideSizes(path: string, name: string, extra: DataView, sizes: [number, number, number]): number[] {
  if (!sizes.includes(UNKNOWN_32)) return sizes;
  for (let at = 0; at + 4 <= extra.byteLength; at += 4 + extra.getUint16(at + 2, true)) {
    if (extra.getUint16(at, true) !== 1) continue;
    const end = Math.min(extra.byteLength, at + 4 + extra.getUint16(at + 2, true));
    let next = at + 4;
    return sizes.map(size => {
      if (size !== UNKNOWN_32) return size;
      if (next + 8 > end) throw damaged(path, `member "${name}" lacks its 64-bit sizes`, ':');
      next += 8;
      return exact(path, extra.getBigUint64(next - 8, true));
    });
  }
  throw damaged(path, `member "${name}" lacks its 64-bit sizes`, ':');
}

/** The local header repeats the name, with extra fields of its own length: only it says where the data starts. */
async function locate(handle: FileHandle, path: string, fileSize: number, entry: Entry): Promise<ZipMember> {
  const { header, ...member } = entry;
  const local = new Uint8Array(30);
  if (header + 30 > fileSize) throw damaged(path, `member "${entry.name}" lies beyond its end`, ':');
  await readExactly(handle, path, local, header);
  const view = new DataView(local.buffer);
  if (view.getUint32(0, true) !== 0x04034b50) throw damaged(path, `member "${entry.name}" has no header`, ':');
  const offset = header + 30 + view.getUint16(26, true) + view.getUint16(28, true);
  if (offset + entry.packedBytes > fileSize) throw damaged(path, `member "${entry.name}" lies beyond its end`, ':');
  return { ...member, offset };
}

function exact(path: string, value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(path, 'claims sizes that no file has');
  return Number(value);
}

function unsupported(path: string, name: string, what: string): CircuitError {
  return new CircuitError(
    'file-unsupported',
    `${path}: member "${name}" ${what}.`,
    'Save the arrays with numpy.savez or numpy.savez_compressed, or as safetensors.',
  );
}

function damaged(path: string, what: string, separator = ''): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path}${separator} ${what}.`,
    'The archive is damaged or was not fully downloaded: fetch it again.',
  );
}
