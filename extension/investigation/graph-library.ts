import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { GraphReference } from '../../src/graph/investigation/types.ts';
import { readGraph, type GraphFile } from '../../src/graph/read-graph.ts';
import type { AttributionGraph } from '../../src/graph/types.ts';

/** A graph that was read, and what is to be said about it. */
export interface LoadedGraph {
  /** Absolute. */
  readonly path: string;
  readonly sha256: string;
  readonly graph: AttributionGraph;
  readonly format: GraphFile['format'];
  /** What was mended while reading, a sentence each. */
  readonly notices: readonly string[];
}

interface Entry {
  readonly stamp: string;
  readonly loaded: Promise<LoadedGraph>;
}

/** Graphs kept after they were last asked for: an editor that is hidden and shown again should not read it anew. */
const MOST_KEPT = 4;

/**
 * Finds and reads the graphs that investigations refer to. A graph lies beside its investigation, or, until that is
 * saved, in the extension's folder; where it was seen last is remembered by its contents' hash, so that a copy of an
 * investigation elsewhere finds it too.
 */
export class GraphLibrary {
  readonly #folder: string;
  readonly #search: (name: string) => Promise<readonly string[]>;
  readonly #read = new Map<string, Entry>();
  readonly #places = new Map<string, string>();

  /** `folder`: graphs that are not saved yet; `search`: where else files of a name are, absolute paths. */
  constructor(folder: string, search: (name: string) => Promise<readonly string[]> = () => Promise.resolve([])) {
    this.#folder = folder;
    this.#search = search;
  }

  /** Notes where a graph of these contents lies. */
  remember(sha256: string, path: string): void {
    this.#places.set(sha256, path);
  }

  /** Whether a graph of these contents was last seen at this place. */
  isAt(sha256: string, path: string): boolean {
    return this.#places.get(sha256) === path;
  }

  /** Where a graph of these contents was last seen, if there is still a file. */
  async seen(sha256: string | undefined): Promise<string | undefined> {
    const path = sha256 === undefined ? undefined : this.#places.get(sha256);
    return path !== undefined && (await isFile(path)) ? path : undefined;
  }

  /** The sha256 of a graph, from memory if it was read and did not change since. */
  async hash(path: string): Promise<string> {
    const known = this.#read.get(path);
    if (known?.stamp === (await stampOf(path))) return (await known.loaded).sha256;
    return hashFile(path);
  }

  /** Where the graph of an investigation in `folder` is: an absolute path that exists, or undefined. */
  async find(reference: GraphReference, folder: string | undefined): Promise<string | undefined> {
    for (const path of this.#candidates(reference, folder)) if (await isFile(path)) return path;
    const { file, sha256 } = reference;
    if (sha256 === undefined) return undefined;
    // The investigation or the graph was moved without the other: its contents tell it.
    for (const path of await this.#search(basename(file))) {
      if ((await this.hash(path).catch(() => undefined)) !== sha256) continue;
      this.remember(sha256, path);
      return path;
    }
    return undefined;
  }

  /** Where a graph belongs that `reference` names, seen from `folder`. */
  placeBeside(reference: GraphReference, folder: string): string {
    return resolve(folder, reference.file);
  }

  #candidates({ file, sha256 }: GraphReference, folder: string | undefined): string[] {
    const remembered = sha256 === undefined ? undefined : this.#places.get(sha256);
    return [
      folder === undefined || isAbsolute(file) ? undefined : resolve(folder, file),
      sha256 === undefined ? undefined : join(this.#folder, `${sha256}.graph.json`),
      remembered,
      join(this.#folder, basename(file)),
    ].filter(path => path !== undefined);
  }

  /** Reads a graph, or gives the one that was read if the file has not changed since. Errors: those of `readGraph`. */
  async load(path: string, signal?: AbortSignal): Promise<LoadedGraph> {
    const stamp = await stampOf(path);
    const known = this.#read.get(path);
    this.#read.delete(path);
    if (known?.stamp === stamp) {
      this.#read.set(path, known);
      return known.loaded;
    }
    const loaded = this.#load(path, signal);
    this.#read.set(path, { stamp, loaded });
    loaded.catch(() => this.#read.delete(path));
    for (const old of [...this.#read.keys()].slice(0, -MOST_KEPT)) this.#read.delete(old);
    return loaded;
  }

  async #load(path: string, signal: AbortSignal | undefined): Promise<LoadedGraph> {
    const [file, sha256] = await Promise.all([
      readGraph(path, signal === undefined ? {} : { signal }, { salvage: true }),
      hashFile(path),
    ]);
    this.remember(sha256, path);
    const notices = file.problems.map(({ message, count }) => `${basename(path)}: ${count} × ${message}.`);
    return { path, sha256, graph: file.graph, format: file.format, notices };
  }
}

/** The sha256 of a file's bytes, in hexadecimal digits. */
export async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Uint8Array);
  return hash.digest('hex');
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    entry => entry.isFile(),
    () => false,
  );
}

async function stampOf(path: string): Promise<string> {
  return stat(path).then(
    ({ size, mtimeMs, ino }) => `${size} ${mtimeMs} ${ino}`,
    () => 'missing',
  );
}
