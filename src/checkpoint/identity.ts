import { createHash } from 'node:crypto';
import { readExactly, withFile, type SafetensorsFile } from './safetensors-file.ts';

/** Below this all bytes are hashed; above, samples of each tensor. */
const HASH_ALL_BYTES = 64 * 1024 * 1024;
const SAMPLE_BYTES = 4096;
const READ_BYTES = 4 * 1024 * 1024;

/**
 * A sha256 (hex) that names what a set of weight files holds. Over `label` texts (configuration), then for each file
 * its base name's position in the list, its size, its header, and its data: all bytes when the files together are
 * below 64 MB, otherwise 4 KB at the start, middle and end of each tensor. It does not depend on the folder's name.
 * The samples tell checkpoints and training steps apart; they do not prove that no other byte was changed.
 */
export async function identityOf(labels: readonly string[], files: readonly SafetensorsFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const label of labels) hash.update(`${Buffer.byteLength(label)}\n${label}`);
  const hashAll = files.reduce((sum, file) => sum + file.size, 0) < HASH_ALL_BYTES;
  for (const [index, file] of files.entries()) {
    hash.update(`${index} ${file.size}\n`);
    await withFile(file.path, async handle => {
      for (const [start, end] of hashAll ? [[0, file.size]] : sampledRanges(file)) {
        for (let at = start; at < end; at += READ_BYTES) {
          const bytes = new Uint8Array(Math.min(READ_BYTES, end - at));
          await readExactly(handle, file.path, bytes, at);
          hash.update(bytes);
        }
      }
    });
  }
  return hash.digest('hex');
}

function sampledRanges(file: SafetensorsFile): [number, number][] {
  const ranges: [number, number][] = [[0, file.dataStart]];
  for (const { offset, byteLength } of file.entries.values()) {
    const end = offset + byteLength;
    if (byteLength <= 3 * SAMPLE_BYTES) {
      ranges.push([offset, end]);
      continue;
    }
    const middle = offset + Math.floor((byteLength - SAMPLE_BYTES) / 2);
    ranges.push([offset, offset + SAMPLE_BYTES], [middle, middle + SAMPLE_BYTES], [end - SAMPLE_BYTES, end]);
  }
  return ranges;
}
