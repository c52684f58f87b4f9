import { open, rename, rm } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';

let nextSerial = 0;

/**
 * Writes the chunks to a temporary name beside `path` and renames it, so that `path` is never half-written and a file
 * that a session has mapped is never truncated (which would kill the process). Errors: `file-write`.
 */
export async function writeFileAtomically(
  path: string,
  chunks: Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>,
): Promise<void> {
  const temporary = `${path}.${process.pid}-${nextSerial++}.tmp`;
  try {
    const handle = await open(temporary, 'wx');
    try {
      for await (const chunk of chunks) {
        const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
        for (let done = 0; done < bytes.length;) {
          const length = Math.min(2 ** 30, bytes.length - done);
          done += (await handle.write(bytes, done, length)).bytesWritten;
        }
      }
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    if (cause instanceof CircuitError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError(
      'file-write',
      `${path} could not be written: ${reason}.`,
      'Check the folder and the free space.',
      {
        cause,
      },
    );
  }
}
