import { readSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';
import { headerLength, parseHeader } from './safetensors-header.ts';
import type { TensorEntry, TensorRef } from './tensor-entry.ts';

/** The index of one .safetensors file. Holds no file handle: the readers open the file for each call. */
export interface SafetensorsFile {
  readonly path: string;
  readonly size: number;
  /** Where the data section starts; the bytes before it are the length word and the header. */
  readonly dataStart: number;
  readonly metadata: Readonly<Record<string, string>>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Reads the header of `path`, no data. Errors: `file-missing`, `file-damaged`, `file-unsupported`. */
export async function openSafetensors(path: string): Promise<SafetensorsFile> {
  return withFile(path, async handle => {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new CircuitError('file-missing', `${path} is not a file.`, 'Give the path of a file.');
    const { size } = stat;
    const first8 = new Uint8Array(Math.min(8, size));
    await readExactly(handle, path, first8, 0);
    const header = new Uint8Array(headerLength(path, first8, size));
    await readExactly(handle, path, header, 8);
    return { path, size, dataStart: 8 + header.length, ...parseHeader(path, header, size) };
  });
}

/** The tensor `name` of `file`. Errors: `file-damaged` if there is none, naming the file and the tensor. */
export function tensorIn(file: SafetensorsFile, name: string): TensorRef {
  const entry = file.entries.get(name);
  if (entry === undefined) {
    const known = [...file.entries.keys()];
    const shown = known.slice(0, 8).join(', ') + (known.length > 8 ? `, ... (${known.length})` : '');
    throw new CircuitError(
      'file-damaged',
      `${file.path} has no tensor "${name}".`,
      `The file is incomplete or of another kind; it holds: ${shown || 'nothing'}.`,
    );
  }
  return { path: file.path, entry };
}

/** Opens `path` for reading, runs `use` and closes it. Errors: `file-missing`. */
export async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openForReading(path);
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

/** Errors: `file-missing`. */
export async function openForReading(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'r');
  } catch (cause) {
    const reason =
      cause instanceof Error && 'code' in cause && cause.code === 'ENOENT' ? 'does not exist' : 'cannot be opened';
    throw new CircuitError('file-missing', `${path} ${reason}.`, 'Check the path, or fetch the file again.', { cause });
  }
}

/** Node passes at most 2^31 - 1 bytes to one read; half of that keeps every platform happy. */
const LARGEST_READ = 2 ** 30;

/** Fills `target` from the bytes at `position`. Errors: `file-damaged` when the file ends before. */
export async function readExactly(
  handle: FileHandle,
  path: string,
  target: Uint8Array,
  position: number,
): Promise<void> {
  for (let done = 0; done < target.length;) {
    const length = Math.min(LARGEST_READ, target.length - done);
    const read = handle.read(target, done, length, position + done).catch((cause: unknown) => {
      throw unreadable(path, cause);
    });
    const { bytesRead } = await read;
    if (bytesRead === 0) throw cutShort(path, position + done, target.length - done);
    done += bytesRead;
  }
}

/** The same while the program waits, which for a few kilobytes takes a tenth of the time. */
export function readExactlySync(handle: FileHandle, path: string, target: Uint8Array, position: number): void {
  for (let done = 0; done < target.length;) {
    const bytesRead = readNow(handle, path, target, done, position + done);
    if (bytesRead === 0) throw cutShort(path, position + done, target.length - done);
    done += bytesRead;
  }
}

function readNow(handle: FileHandle, path: string, target: Uint8Array, at: number, position: number): number {
  try {
    return readSync(handle.fd, target, at, target.length - at, position);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

function cutShort(path: string, end: number, missing: number): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path} ended at byte ${end} while ${missing} more were expected.`,
    'The file was cut short, perhaps while it was read: fetch or write it again.',
  );
}

function unreadable(path: string, cause: unknown): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}.`,
    'Check the disk, or fetch the file again.',
    { cause },
  );
}
