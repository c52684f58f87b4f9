import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '../checkpoint/atomic-file.ts';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import type { FeatureRecord } from './feature-record.ts';
import { gzipText } from './gzip.ts';

/** The offsets of one layer's records in its file: record f is [offsets[f], offsets[f + 1]). */
export interface LayerFile {
  readonly filename: string;
  readonly offsets: readonly number[];
}

export interface WrittenIndex {
  readonly features: number;
  /** Of all files. */
  readonly bytes: number;
}

/**
 * Writes a features folder in the published layout: `layer_N.bin`, each record a uint32 length (little-endian) and gzip
 * JSON, and `index.json.gz`. The folder is made under another name and put in place of an older one when it is whole.
 * The same records give the same bytes. Errors: `file-write`, `cancelled`.
 */
export async function writeFeatureIndex(
  folder: string,
  featuresOfLayers: readonly number[],
  recordOf: (layer: number, feature: number) => FeatureRecord,
  task?: Task,
): Promise<WrittenIndex> {
  const target = resolve(folder);
  let temporary: string | undefined;
  try {
    await mkdir(dirname(target), { recursive: true });
    temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    const features = featuresOfLayers.reduce((sum, count) => sum + count, 0);
    let written = 0;
    let bytes = 0;
    const index: Record<string, LayerFile> = {};
    for (const [layer, count] of featuresOfLayers.entries()) {
      const filename = `layer_${layer}.bin`;
      const offsets = [0];
      const chunks = function* (): Generator<Uint8Array> {
        for (let feature = 0; feature < count; feature++) {
          throwIfCancelled(task);
          const chunk = recordChunk(recordOf(layer, feature));
          offsets.push(offsets[feature] + chunk.length);
          yield chunk;
          task?.progress?.('features', ++written, features);
        }
      };
      await writeFileAtomically(join(temporary, filename), chunks());
      index[layer] = { filename, offsets };
      bytes += offsets[count];
    }
    const packed = gzipText(JSON.stringify(index));
    await writeFileAtomically(join(temporary, 'index.json.gz'), [packed]);
    await replaceFolder(target, temporary);
    return { features, bytes: bytes + packed.length };
  } catch (cause) {
    if (temporary !== undefined) await rm(temporary, { recursive: true, force: true });
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    throw new CircuitError(
      'file-write',
      `${folder} could not be written: ${cause.message}.`,
      'Check the folder and the free space.',
      { cause },
    );
  }
}

/** uint32 little-endian length, then that many bytes of gzip JSON. */
export function recordChunk(record: FeatureRecord): Uint8Array {
  const packed = gzipText(JSON.stringify(record));
  const chunk = new Uint8Array(4 + packed.length);
  new DataView(chunk.buffer).setUint32(0, packed.length, true);
  chunk.set(packed, 4);
  return chunk;
}

async function replaceFolder(target: string, temporary: string): Promise<void> {
  const older = `${temporary}.older`;
  const exists = await rename(target, older).then(
    () => true,
    () => false,
  );
  try {
    await rename(temporary, target);
  } catch (cause) {
    if (exists) await rename(older, target);
    throw cause;
  }
  if (exists) await rm(older, { recursive: true });
}
