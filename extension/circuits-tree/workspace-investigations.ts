import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { readGraphMetadata } from '../../src/graph/read-graph-metadata.ts';
import type { GraphMetadata } from '../../src/graph/types.ts';
import type { KnownInvestigation } from '../annotations/elsewhere.ts';
import { failureOf } from '../common/failure.ts';
import { nameOf } from '../investigation/document-text.ts';
import type { GraphLibrary } from '../investigation/graph-library.ts';
import type { Log } from '../investigation/engine.ts';

const PATTERN = '**/*.circuit.json';
const EXCLUDED = '**/{node_modules,.git}/**';
/** More than anybody looks at in a list. */
const MOST_FILES = 1000;
const QUIET_MS = 250;

/** An investigation's file, readable or not. */
export interface ListedInvestigation {
  readonly uri: vscode.Uri;
  readonly file: string;
  readonly investigation: Investigation | undefined;
  /** Why it cannot be read. */
  readonly problem: string | undefined;
  readonly isUnsaved: boolean;
}

/**
 * The investigations of the workspace, and those that were never saved. They are looked for when somebody asks first, and
 * kept up to date from then on.
 */
export class WorkspaceInvestigations implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #library: GraphLibrary;
  readonly #unsavedFolder: string;
  readonly #log: Log;
  readonly #listed = new Map<string, ListedInvestigation>();
  readonly #watchers: vscode.Disposable[] = [];
  #started: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(library: GraphLibrary, unsavedFolder: string, log: Log) {
    this.#library = library;
    this.#unsavedFolder = unsavedFolder;
    this.#log = log;
  }

  /** Those that were found so far; `list` waits for all. */
  get known(): readonly KnownInvestigation[] {
    return [...this.#listed.values()].flatMap(({ uri, file, investigation }) =>
      investigation === undefined ? [] : [{ id: uri.toString(), file, investigation }],
    );
  }

  /** All of them, by file. */
  async list(): Promise<ListedInvestigation[]> {
    await this.start();
    return [...this.#listed.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  start(): Promise<void> {
    this.#started ??= this.#readAll();
    return this.#started;
  }

  /** Looks for all of them anew. */
  async refresh(): Promise<void> {
    this.#listed.clear();
    this.#started = this.#readAll();
    await this.#started;
  }

  /** The record of an investigation's graph, without reading its nodes. */
  async metadata({ uri, investigation }: ListedInvestigation): Promise<GraphMetadata | undefined> {
    if (investigation === undefined || uri.scheme !== 'file') return undefined;
    const path = await this.#library.find(investigation.graph, dirname(uri.fsPath));
    return path === undefined ? undefined : readGraphMetadata(path).catch(() => undefined);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers) watcher.dispose();
    this.#changed.dispose();
  }

  async #readAll(): Promise<void> {
    if (this.#watchers.length === 0) this.#watch();
    const found = await vscode.workspace.findFiles(PATTERN, EXCLUDED, MOST_FILES);
    await Promise.all([...found, ...(await this.#unsaved())].map(uri => this.#read(uri)));
    this.#changed.fire();
  }

  /** Those that were never saved came or went: their folder lies outside the workspace and may not exist yet. */
  async unsavedChanged(): Promise<void> {
    if (this.#started === undefined) return;
    const present = await this.#unsaved();
    const addresses = new Set(present.map(uri => uri.toString()));
    for (const [id, { isUnsaved }] of this.#listed) if (isUnsaved && !addresses.has(id)) this.#listed.delete(id);
    await Promise.all(present.map(uri => this.#read(uri)));
    this.#tell();
  }

  async #unsaved(): Promise<vscode.Uri[]> {
    const names = await readdir(this.#unsavedFolder).catch(() => []);
    const files = names.filter(name => name.endsWith('.circuit.json'));
    return files.map(name => vscode.Uri.file(join(this.#unsavedFolder, name)));
  }

  #watch(): void {
    const watcher = vscode.workspace.createFileSystemWatcher(PATTERN);
    const read = (uri: vscode.Uri): void => void this.#read(uri).then(() => this.#tell());
    this.#watchers.push(
      watcher,
      watcher.onDidCreate(read),
      watcher.onDidChange(read),
      watcher.onDidDelete(uri => {
        this.#listed.delete(uri.toString());
        this.#tell();
      }),
    );
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#changed.fire(), QUIET_MS);
  }

  async #read(uri: vscode.Uri): Promise<void> {
    const isUnsaved = uri.scheme === 'file' && dirname(uri.fsPath) === this.#unsavedFolder;
    const file = isUnsaved ? basename(uri.fsPath) : vscode.workspace.asRelativePath(uri);
    try {
      const text = uri.scheme === 'file' ? await readFile(uri.fsPath, 'utf8') : await textOf(uri);
      const { investigation } = parseInvestigation(text, nameOf(uri));
      this.#listed.set(uri.toString(), { uri, file, investigation, problem: undefined, isUnsaved });
    } catch (error) {
      const { message } = failureOf(error);
      this.#log.warn(message);
      this.#listed.set(uri.toString(), { uri, file, investigation: undefined, problem: message, isUnsaved });
    }
  }
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return new TextDecoder().decode(await vscode.workspace.fs.readFile(uri));
}
