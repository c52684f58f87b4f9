import { cachedRepositories, type CachedRevision } from '../checkpoint/hub/cached-repositories.ts';
import { hubSettings, type HubSettings } from '../checkpoint/hub/environment.ts';
import { dictionaryFiles } from '../checkpoint/hub/file-selection.ts';
import { PUBLISHED_SETS, type PublishedSet } from '../checkpoint/hub/published-sets.ts';
import { commitOfRevision, repositoryFiles } from '../checkpoint/hub/repository-files.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { chosenFolders, type ChosenFolder } from './chosen-folders.ts';

/** The models and dictionaries that can be used or had. */
export interface KnownModels {
  /** The folder of the Hugging Face cache. */
  readonly cache: string;
  readonly cached: readonly CachedRevision[];
  readonly folders: readonly ChosenFolder[];
  readonly published: readonly KnownSet[];
}

export interface KnownSet extends PublishedSet {
  /** Whether something of both of its repositories is in the cache. */
  readonly here: boolean;
}

/** Looks at this machine alone. `all`: with repositories of the cache that hold neither models nor dictionaries. */
export async function knownModels(all = false, settings?: HubSettings): Promise<KnownModels> {
  const { cache } = settings ?? (await hubSettings());
  const found = await cachedRepositories(cache);
  const cached = found.filter(({ kind, dictionaries }) => all || kind !== 'other' || dictionaries.length > 0);
  const isHere = (repo: string): boolean => cached.some(entry => entry.repo === repo);
  const published = PUBLISHED_SETS.map(set => ({ ...set, here: isHere(set.model) && isHere(set.dictionary) }));
  return { cache, cached, folders: await chosenFolders(), published };
}

/**
 * Bytes of published dictionaries, by the name of the set, as the hub tells where nothing is written down. A size that
 * cannot be had stays unknown, with a word to `warn`. Errors: `cancelled`.
 */
export async function publishedSizes(
  settings: HubSettings,
  warn: (line: string) => void,
  task: Task,
): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const unknown = PUBLISHED_SETS.filter(set => set.dictionaryBytes === undefined && set.folders !== true);
  for (const [i, set] of unknown.entries()) {
    throwIfCancelled(task);
    task.progress?.('ask the hub', i, unknown.length);
    try {
      sizes.set(set.name, await publishedSize(set, settings, task));
    } catch (error) {
      if (task.signal?.aborted === true) throw error;
      warn(`${set.dictionary}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return sizes;
}

/** Bytes of one published dictionary, as the hub tells. Errors: those of the hub. */
export async function publishedSize({ dictionary }: PublishedSet, settings: HubSettings, task: Task): Promise<number> {
  const commit = await commitOfRevision(dictionary, 'main', settings, task);
  const files = await repositoryFiles(dictionary, commit, '', settings, task);
  return dictionaryFiles(dictionary, files, '', false).reduce((sum, { size }) => sum + size, 0);
}
