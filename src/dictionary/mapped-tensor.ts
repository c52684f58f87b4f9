import { stat } from 'node:fs/promises';
import type { TensorRef } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/**
 * Errors: `file-damaged` where a file has become shorter since it was mapped: reading past its end would kill the process.
 */
export async function assertStillWhole({ path, entry }: TensorRef): Promise<void> {
  const end = entry.offset + entry.byteLength;
  const size = await stat(path).then(
    status => status.size,
    () => 0,
  );
  if (size >= end) return;
  throw new CircuitError(
    'file-damaged',
    `${path} has ${size} bytes, but tensor "${entry.name}" ends at byte ${end}.`,
    'The file was cut short: fetch or write it again.',
  );
}
