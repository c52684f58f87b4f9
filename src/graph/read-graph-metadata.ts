import { createReadStream } from 'node:fs';
import { CircuitError } from '../errors.ts';
import { JsonObjectStream } from './json-object-stream.ts';
import { Problems } from './problems.ts';
import { readMetadata } from './read-metadata.ts';
import type { GraphMetadata } from './types.ts';

const READ_BYTES = 2 ** 16;
/** Files have their metadata first or last; nobody waits for a gigabyte to be read for a line in a list. */
const MOST_BYTES = 2 ** 26;

/**
 * The metadata of a graph's file alone, without its nodes: reads no further than it must. Undefined if it does not come
 * within the first 64 MB. Errors: `file-missing`, `file-damaged`.
 */
export async function readGraphMetadata(path: string): Promise<GraphMetadata | undefined> {
  const found: unknown[] = [];
  const stream = new JsonObjectStream(path, {
    fields: new Map([['metadata', 'value']]),
    onValue: (_, value) => found.push(value),
    onElements: () => undefined,
    onNotFinite: () => undefined,
  });
  let done = 0;
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      stream.push(chunk as Uint8Array);
      done += (chunk as Uint8Array).length;
      if (found.length > 0 || done > MOST_BYTES) break;
    }
  } catch (cause) {
    if (cause instanceof CircuitError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError('file-missing', `${path} cannot be read: ${reason}.`, 'Check the path.', { cause });
  }
  return found.length === 0 ? undefined : readMetadata(found[0], new Problems());
}
