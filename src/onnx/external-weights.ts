import { realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import { CircuitError } from '../errors.ts';
import type { Weight } from './graph.ts';

/** A file with weights, links resolved, and the size it must have at least: reading past it would kill the process. */
export interface WeightFile {
  readonly path: string;
  readonly bytes: number;
}

/** Where weights lie: a folder that holds all their files, and for each weight its file relative to it, with `/`. */
export interface WeightLocations {
  readonly folder: string | undefined;
  readonly locations: readonly string[];
  readonly files: readonly WeightFile[];
}

/**
 * Resolves the files of weights (a Hugging Face cache is made of links) to their nearest common folder, as ONNX Runtime
 * refuses paths that leave the model's folder, and checks that every weight lies inside its file.
 */
export function locateWeights(weights: readonly Weight[]): WeightLocations {
  if (weights.length === 0) return { folder: undefined, locations: [], files: [] };
  const files = new Map<string, { path: string; bytes: number; size: number }>();
  for (const { name, external } of weights) {
    const file = files.get(external.path) ?? resolveFile(external.path);
    files.set(external.path, file);
    const end = external.offset + external.byteLength;
    if (end > file.size) throw truncated(external.path, file.size, `tensor ${name} ends at byte ${end}`);
    file.bytes = Math.max(file.bytes, end);
  }
  const folder = commonFolder([...files.values()].map(file => file.path));
  const locations = weights.map(({ external }) =>
    path.relative(folder, files.get(external.path)!.path).split(path.sep).join('/'),
  );
  return { folder, locations, files: [...files.values()].map(({ path, bytes }) => ({ path, bytes })) };
}

/** Checks once more, before the files are mapped: they may have been replaced since the model was written. */
export function checkWeightFiles(files: readonly WeightFile[]): void {
  for (const { path: file, bytes } of files) {
    const { size } = resolveFile(file);
    if (size < bytes) throw truncated(file, size, `its tensors end at byte ${bytes}`);
  }
}

function resolveFile(file: string): { path: string; bytes: number; size: number } {
  try {
    const resolved = realpathSync(file);
    const status = statSync(resolved);
    if (!status.isFile()) throw new Error(`${resolved} is not a file`);
    return { path: resolved, bytes: 0, size: status.size };
  } catch (cause) {
    throw new CircuitError(
      'file-missing',
      `The weights file ${file} cannot be read.`,
      'Restore it or import the model again.',
      { cause },
    );
  }
}

function truncated(file: string, size: number, claim: string): CircuitError {
  return new CircuitError(
    'file-damaged',
    `The weights file ${file} has ${size} bytes, but ${claim}.`,
    'The file is cut short: download or copy it again.',
  );
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]);
  for (const file of files) {
    while (!contains(folder, file)) {
      const parent = path.dirname(folder);
      if (parent === folder) {
        throw new CircuitError(
          'file-unsupported',
          `${files[0]} and ${file} lie on different drives.`,
          'Move the model and its dictionary to the same drive.',
        );
      }
      folder = parent;
    }
  }
  return folder;
}

function contains(folder: string, file: string): boolean {
  const relative = path.relative(folder, file);
  return !path.isAbsolute(relative) && relative.split(path.sep)[0] !== '..';
}
