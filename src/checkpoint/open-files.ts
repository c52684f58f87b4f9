import type { FileHandle } from 'node:fs/promises';
import { openForReading } from './safetensors-file.ts';

/** Files that stay open until `close`, for who reads a few rows many times: opening costs more than reading them. */
export class OpenFiles {
  readonly #handles = new Map<string, Promise<FileHandle>>();

  /** The file at `path`, opened at its first use. Errors: `file-missing`. */
  handle(path: string): Promise<FileHandle> {
    let handle = this.#handles.get(path);
    if (handle === undefined) this.#handles.set(path, (handle = openForReading(path)));
    return handle;
  }

  async close(): Promise<void> {
    const handles = await Promise.allSettled(this.#handles.values());
    this.#handles.clear();
    for (const opened of handles) if (opened.status === 'fulfilled') await opened.value.close();
  }
}
