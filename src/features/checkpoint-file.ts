import { readFile } from 'node:fs/promises';
import { writeFileAtomically } from '../checkpoint/atomic-file.ts';
import { CircuitError } from '../errors.ts';
import type { StateArray, StateArrays } from './state-arrays.ts';

const MAGIC = 'circuit feature pass 1\n';

/**
 * Saves a pass: the magic line, a line of JSON {identity, arrays: [[name, bytes]]}, then the arrays' bytes. It is read
 * by the same program on the same machine, so the bytes are in the machine's order.
 */
export async function saveState(path: string, identity: string, state: StateArrays): Promise<void> {
  const arrays = Object.entries(state);
  const header = JSON.stringify({ identity, arrays: arrays.map(([name, array]) => [name, array.byteLength]) });
  await writeFileAtomically(path, [Buffer.from(`${MAGIC}${header}\n`), ...arrays.map(([, array]) => bytesOf(array))]);
}

/**
 * Overwrites the arrays of `state` with those that were saved. False if there is no file. Errors: `file-damaged` if it
 * is not such a file or is cut off, `model-mismatch` if it belongs to another pass (`identity`).
 */
export async function restoreState(path: string, identity: string, state: StateArrays): Promise<boolean> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') return false;
    throw new CircuitError('file-missing', `${path} cannot be read.`, 'Check the file, or delete it to start anew.', {
      cause,
    });
  }
  const lineEnd = bytes.indexOf(10, MAGIC.length);
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC || lineEnd < 0) throw damaged(path, 'is not a saved pass');
  const arrays = Object.entries(state);
  const expected = JSON.stringify({ identity, arrays: arrays.map(([name, array]) => [name, array.byteLength]) });
  if (bytes.toString('utf8', MAGIC.length, lineEnd) !== expected) throw otherPass(path);
  const size = arrays.reduce((sum, [, array]) => sum + array.byteLength, lineEnd + 1);
  if (bytes.length !== size) throw damaged(path, `holds ${bytes.length} bytes where ${size} belong`);
  let at = lineEnd + 1;
  for (const [, array] of arrays) {
    bytesOf(array).set(bytes.subarray(at, at + array.byteLength));
    at += array.byteLength;
  }
  return true;
}

/** A saved pass over another corpus, model or dictionary, or with other settings. */
export function otherPass(path: string): CircuitError {
  return new CircuitError(
    'model-mismatch',
    `${path} was saved by a pass over another corpus or dictionary, or with other settings.`,
    'Repeat what was given then, or delete the file to start anew.',
  );
}

function damaged(path: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${path} ${what}.`, 'Delete it to start the pass anew.');
}

function bytesOf(array: StateArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
