import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseFields } from '../checkpoint/read-fields.ts';
import { CircuitError } from '../errors.ts';
import type { FeatureRecord } from './feature-record.ts';
import { gunzipJson } from './gzip.ts';
import type { LayerFile } from './index-writer.ts';
import { parseRecord } from './record-parser.ts';

/** The largest published index (2.5 million features) packs to under 10 MB; offsets are at most 13 characters each. */
const LARGEST_INDEX_BYTES = 64 * 2 ** 20;
const LARGEST_UNPACKED_INDEX_BYTES = 512 * 2 ** 20;
/** Published records pack to some ten kilobytes: a few hundred examples of 32 to 256 tokens. */
const LARGEST_RECORD_BYTES = 16 * 2 ** 20;
const LARGEST_UNPACKED_RECORD_BYTES = 64 * 2 ** 20;

export const INDEX_FILE = 'index.json.gz';

const REFETCH = 'Fetch the features folder again, or build it anew.';
const REFETCH_BY_COMMAND = 'Fetch the features folder again, or build it with `circuit features build`.';

const indexSchema = v.record(
  v.pipe(v.string(), v.regex(/^\d{1,4}$/, 'expected a layer number')),
  v.object({
    // A name and no path: an index that comes from elsewhere must not lead out of its folder.
    filename: v.pipe(v.string(), v.regex(/^(?!\.)[^/\\:\0]{1,200}$/, 'expected a file name without folders')),
    offsets: v.pipe(
      v.array(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
      v.minLength(1),
      v.check(
        offsets => offsets.every((offset, f) => f === 0 || offset >= offsets[f - 1]),
        'expected offsets that never decrease',
      ),
    ),
  }),
);

/** A features folder in the published layout, read by byte range: opening it reads the index alone. */
export interface FeatureIndex {
  readonly folder: string;
  /** The layers that have features, ascending. */
  readonly layers: readonly number[];
  /** 0 for a layer that is not in the index. */
  nFeatures(layer: number): number;
  /**
   * One feature; undefined if the index holds nothing of it. Errors: `usage` for a layer or feature that the index does
   * not have, `file-missing`, `file-damaged` naming the file and the feature.
   */
  read(layer: number, feature: number): Promise<FeatureRecord | undefined>;
}

/** Reads `length` bytes of a file of the features folder from `start` on; `name` is for the words of errors. */
export type RecordReader = (file: string, name: string, start: number, length: number) => Promise<Buffer>;

/** Records are read from files beside the index unless `reader` has them. Errors: `file-missing`, `file-damaged`. */
export async function openFeatureIndex(folder: string, reader = localReader(folder)): Promise<FeatureIndex> {
  const path = join(folder, INDEX_FILE);
  const bytes = await withFile(path, async handle => {
    const { size } = await handle.stat();
    if (size > LARGEST_INDEX_BYTES) throw damaged(path, `is ${size} bytes long`);
    return readRange(handle, path, 0, size);
  });
  const unpacked = gunzipJson(bytes, LARGEST_UNPACKED_INDEX_BYTES);
  if ('problem' in unpacked) throw damaged(path, unpacked.problem);
  const parsed: Readonly<Record<string, LayerFile>> = parseFields(path, indexSchema, unpacked.value);
  const files = new Map(Object.entries(parsed).map(([layer, file]) => [Number(layer), file]));
  return {
    folder,
    layers: [...files.keys()].sort((a, b) => a - b),
    nFeatures: layer => (files.get(layer)?.offsets.length ?? 1) - 1,
    read: (layer, feature) => readRecord(folder, files, reader, layer, feature),
  };
}

/** True if there is a features folder to open, with records: an index alone stands for some that are on the hub. */
export async function hasFeatureIndex(folder: string): Promise<boolean> {
  const names: readonly string[] = await readdir(folder).catch(() => []);
  return names.includes(INDEX_FILE) && names.length > 1;
}

function localReader(folder: string): RecordReader {
  return (file, name, start, length) => withFile(join(folder, file), handle => readRange(handle, name, start, length));
}

async function readRecord(
  folder: string,
  files: ReadonlyMap<number, LayerFile>,
  reader: RecordReader,
  layer: number,
  feature: number,
): Promise<FeatureRecord | undefined> {
  const file = files.get(layer);
  if (file === undefined)
    throw unknown(`${folder} has no layer ${layer}`, `its layers are ${[...files.keys()].join(', ')}`);
  const count = file.offsets.length - 1;
  if (!Number.isInteger(feature) || feature < 0 || feature >= count) {
    throw unknown(`${folder} has no feature ${feature} in layer ${layer}`, `its features are 0 to ${count - 1}`);
  }
  const path = join(folder, file.filename);
  const name = `${path}: the record of feature ${feature}`;
  const start = file.offsets[feature];
  const length = file.offsets[feature + 1] - start;
  if (length === 0) return undefined;
  if (length < 4 || length > LARGEST_RECORD_BYTES) throw damaged(name, `is ${length} bytes long`);
  const chunk = await reader(file.filename, name, start, length);
  const packed = chunk.readUInt32LE(0);
  if (packed > length - 4) throw damaged(name, `says that it holds ${packed} bytes where ${length - 4} follow`);
  const unpacked = gunzipJson(chunk.subarray(4, 4 + packed), LARGEST_UNPACKED_RECORD_BYTES);
  if ('problem' in unpacked) throw damaged(name, unpacked.problem);
  return parseRecord(name, unpacked.value);
}

async function readRange(handle: FileHandle, name: string, start: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const { bytesRead } = await handle.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw damaged(name, `ends after ${start + done} bytes where ${start + length} are needed`);
    done += bytesRead;
  }
  return bytes;
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (cause) {
    throw new CircuitError('file-missing', `${path} cannot be opened.`, REFETCH, {
      cause,
      commandLine: REFETCH_BY_COMMAND,
    });
  }
  try {
    return await use(handle);
  } finally {
    await handle.close();
  }
}

function damaged(name: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${name} ${what}.`, REFETCH, { commandLine: REFETCH_BY_COMMAND });
}

function unknown(what: string, known: string): CircuitError {
  return new CircuitError('usage', `${what}.`, `Name one that it has: ${known}.`);
}
