import { statSync } from 'node:fs';
import type { TensorRef } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/**
 * Errors: `file-damaged` where a file has become shorter since it was mapped: reading past its end would kill the process.
 */
export function assertStillWhole({ path, entry }: TensorRef): void {
  const end = entry.offset + entry.byteLength;
  const size = sizeOf(path);
  if (size >= end) return;
  throw new CircuitError(
    'file-damaged',
    `${path} has ${size} bytes, but tensor "${entry.name}" ends at byte ${end}.`,
    'The file was cut short: fetch or write it again.',
  );
}

/** Looked up while the program waits, which is shorter than waiting for the answer between other things; 0 without a file. */
function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}
