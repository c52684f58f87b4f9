import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import type { HubSettings } from './environment.ts';
import { downloadFile } from './download-file.ts';
import { dictionaryFiles, dictionaryFolders, kindOf, modelFiles } from './file-selection.ts';
import { parseHubId, type HubId } from './hub-id.ts';
import { importSize, type ImportPart, type ImportSize } from './import-plan.ts';
import { MAIN, shownRepository } from './names.ts';
import { commitOfRevision, namedFiles, repositoryFiles, type HubFile } from './repository-files.ts';

export interface ImportRequest {
  readonly id: HubId;
  /** What it must be; judged by its files where nothing is said. */
  readonly as?: 'model' | 'dictionary';
}

/** A model or dictionary that is to be downloaded. */
export interface PlannedItem {
  readonly id: HubId;
  readonly kind: 'model' | 'dictionary';
  readonly commit: string;
  /** config.json, config.yaml or cfg.json: in the cache already. */
  readonly configuration: string;
  readonly files: readonly HubFile[];
}

export interface ImportPlan {
  readonly items: readonly PlannedItem[];
  /** Of the items, and of the repositories that a dictionary's configuration refers to. */
  readonly parts: readonly ImportPart[];
  readonly size: ImportSize;
}

/** Feature indexes are left out unless asked for: they are larger than many a dictionary, and are read in parts. */
export interface ImportOptions {
  readonly withFeatures?: boolean;
}

/**
 * Finds out what an import takes. Downloads nothing but configurations, which are needed to know. Errors: those of the
 * hub; `file-unsupported` where a repository holds no model or dictionary, naming what it does hold.
 */
export async function planImport(
  requests: readonly ImportRequest[],
  settings: HubSettings,
  { withFeatures = false }: ImportOptions = {},
  task?: Task,
): Promise<ImportPlan> {
  const items: PlannedItem[] = [];
  const parts: ImportPart[] = [];
  for (const { id, as } of requests) {
    const { repo, revision = MAIN, folder = '' } = id;
    task?.progress?.(`asking the hub about ${shownRepository(repo, revision)}`, 0, undefined);
    const commit = await commitOfRevision(repo, revision, settings, task);
    const listing = await repositoryFiles(repo, commit, folder, settings, task);
    const kind = as ?? judged(listing, folder);
    const files = kind === 'model' ? modelFiles(repo, listing) : dictionaryFiles(repo, listing, folder, withFeatures);
    const configured = ['config.json', 'config.yaml', 'cfg.json']
      .map(name => (folder === '' ? name : `${folder}/${name}`))
      .map(path => files.find(file => file.path === path))
      .find(file => file !== undefined);
    const first = configured ?? files[0];
    const configuration = await downloadFile({ repo, commit, file: first }, settings, task);
    items.push({ id, kind, commit, configuration, files });
    parts.push({ repo, revision, commit, files });
    if (kind === 'dictionary' && first.path.endsWith('.yaml')) {
      parts.push(...(await referredFiles(configuration, settings, task)));
    }
  }
  return { items, parts, size: await importSize(parts, settings) };
}

function judged(files: readonly HubFile[], folder: string): 'model' | 'dictionary' {
  const kind = kindOf(files, folder);
  if (kind !== 'other') return kind;
  // The error of the likelier one says what is missing.
  return dictionaryFolders(files).length > 0 || folder !== '' ? 'dictionary' : 'model';
}

/** The files of other repositories that a config.yaml lists as its `transcoders`, by repository and revision. */
async function referredFiles(configuration: string, settings: HubSettings, task?: Task): Promise<ImportPart[]> {
  const wanted = new Map<string, { repo: string; revision: string; paths: string[] }>();
  for (const text of transcodersOf(configuration, await readFile(configuration, 'utf8'))) {
    if (!text.startsWith('hf://')) continue;
    const { repo, revision = MAIN, folder } = parseHubId(text);
    if (folder === undefined) throw damaged(configuration, `names a whole repository (${text}) among its transcoders`);
    const key = `${repo}@${revision}`;
    const found = wanted.get(key) ?? { repo, revision, paths: [] };
    found.paths.push(folder);
    wanted.set(key, found);
  }
  const parts: ImportPart[] = [];
  for (const { repo, revision, paths } of wanted.values()) {
    task?.progress?.(`asking the hub about ${shownRepository(repo, revision)}`, 0, undefined);
    const commit = await commitOfRevision(repo, revision, settings, task);
    parts.push({ repo, revision, commit, files: await namedFiles(repo, commit, paths, settings, task) });
  }
  return parts;
}

function transcodersOf(path: string, text: string): readonly string[] {
  let value: unknown;
  try {
    value = parse(text, { logLevel: 'error' });
  } catch (cause) {
    throw damaged(path, 'is not YAML', cause);
  }
  const list = typeof value === 'object' && value !== null && 'transcoders' in value ? value.transcoders : [];
  return Array.isArray(list) ? list.filter(entry => typeof entry === 'string') : [];
}

function damaged(path: string, what: string, cause?: unknown): CircuitError {
  return new CircuitError('file-damaged', `${path} ${what}.`, 'Choose another revision of this dictionary.', { cause });
}
