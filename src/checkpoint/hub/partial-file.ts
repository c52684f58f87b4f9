import { createHash, type Hash } from 'node:crypto';
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import type { Checksum, HubFile } from './repository-files.ts';
import { cancelled } from './retries.ts';

const READ_BYTES = 2 ** 20;

/** A file that is being downloaded: what has arrived so far, and the running checksum of it. */
export class PartialFile {
  readonly path: string;
  readonly #file: HubFile;
  readonly #handle: FileHandle;
  #hash: Hash;
  #length = 0;

  private constructor(path: string, file: HubFile, handle: FileHandle) {
    this.path = path;
    this.#file = file;
    this.#handle = handle;
    this.#hash = startHash(file);
  }

  /** Opens or makes the file; what is there already is read for the checksum. Errors: `file-write`, `cancelled`. */
  static async open(path: string, file: HubFile, task: Task | undefined): Promise<PartialFile> {
    // Flags that no letter stands for: made if it is not there, kept if it is, written at positions.
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o666).catch((cause: unknown) => {
      throw writeError(path, cause);
    });
    const partial = new PartialFile(path, file, handle);
    try {
      await partial.#readExisting(task);
      return partial;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Bytes that have arrived. */
  get length(): number {
    return this.#length;
  }

  get isWhole(): boolean {
    return this.#length === this.#file.size;
  }

  /** Errors: `disk-full`, `file-write`; `file-damaged` where more comes than the file has. */
  async append(chunk: Uint8Array): Promise<void> {
    if (this.#length + chunk.length > this.#file.size) {
      throw new CircuitError(
        'file-damaged',
        `${this.#file.path} is longer than the ${this.#file.size} bytes that the hub lists.`,
        'Run this again: the file may have changed in between.',
      );
    }
    try {
      for (let done = 0; done < chunk.length;) {
        const { bytesWritten } = await this.#handle.write(chunk, done, chunk.length - done, this.#length + done);
        done += bytesWritten;
      }
    } catch (cause) {
      throw writeError(this.path, cause, this.#file.size - this.#length);
    }
    this.#hash.update(chunk);
    this.#length += chunk.length;
  }

  /** Throws away what has arrived. */
  async restart(): Promise<void> {
    await this.#handle.truncate(0).catch((cause: unknown) => {
      throw writeError(this.path, cause);
    });
    this.#hash = startHash(this.#file);
    this.#length = 0;
  }

  /** The checksum of what has arrived; only once. */
  digest(): string {
    return this.#hash.digest('hex');
  }

  /**
   * Waits until the bytes are on the disk, so that a power cut leaves no file of the right name and size full of zeros.
   * Errors: `file-damaged` where another program has changed the file meanwhile: locks do not hold on every file system.
   */
  async flush(): Promise<void> {
    await this.#handle.datasync().catch((cause: unknown) => {
      throw writeError(this.path, cause);
    });
    if ((await this.#handle.stat()).size === this.#length) return;
    throw new CircuitError(
      'file-damaged',
      `${this.path} was changed by another program while it was downloaded.`,
      'Run this again when no other program downloads the same file.',
    );
  }

  close(): Promise<void> {
    return this.#handle.close();
  }

  async #readExisting(task: Task | undefined): Promise<void> {
    const { size } = await this.#handle.stat();
    if (size > this.#file.size) {
      await this.restart();
      return;
    }
    const block = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(1, size)));
    while (this.#length < size) {
      if (task?.signal?.aborted === true) throw cancelled();
      const { bytesRead } = await this.#handle.read(block, 0, block.length, this.#length);
      if (bytesRead === 0) return;
      this.#hash.update(block.subarray(0, bytesRead));
      this.#length += bytesRead;
    }
  }
}

/** git hashes a blob with its length in front; LFS hashes the content alone. */
function startHash({ checksum, size }: { readonly checksum: Checksum; readonly size: number }): Hash {
  return checksum.algorithm === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

/** An error of the file system as `disk-full` or `file-write`. */
export function writeError(path: string, cause: unknown, missing?: number): CircuitError {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new CircuitError(
      'disk-full',
      `The disk is full${code === 'EDQUOT' ? ' up to your quota' : ''}: ${path} could not be written${missing === undefined ? '' : `, ${missing} bytes are missing`}.`,
      'Make room, or set HF_HOME to a folder on another disk; then run this again: it goes on where it stopped.',
      { cause },
    );
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CircuitError(
    'file-write',
    `${path} could not be written: ${reason}.`,
    'Check the folder of the cache and its permissions, or set HF_HOME to another.',
    {
      cause,
    },
  );
}
