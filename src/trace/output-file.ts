import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { CircuitError } from '../errors.ts';

/**
 * Checks before long work that its result will find a place: the folder of `file` exists and `file` is none itself.
 * Errors: `file-write`.
 */
export async function checkOutputFile(file: string): Promise<void> {
  if (await isFolder(file)) {
    throw new CircuitError('file-write', `${file} is a folder.`, 'Name a file to write.');
  }
  const folder = dirname(resolve(file));
  if (!(await isFolder(folder))) {
    throw new CircuitError(
      'file-write',
      `${file} cannot be written: ${folder} is not a folder.`,
      'Make the folder first, or choose another.',
    );
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    entry => entry.isDirectory(),
    () => false,
  );
}
