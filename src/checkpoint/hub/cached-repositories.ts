import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { commitOf, knownRevisions } from './cached-files.ts';
import { kindOf, dictionaryFolders, type RepositoryKind } from './file-selection.ts';
import { COMMIT, repositoryFolders } from './names.ts';

/** One revision of a repository in the cache. */
export interface CachedRevision {
  readonly repo: string;
  /** A branch or tag; the commit itself where none points at it. */
  readonly revision: string;
  readonly commit: string;
  readonly folder: string;
  readonly kind: RepositoryKind;
  /** Folders of it that hold dictionaries. */
  readonly dictionaries: readonly string[];
  readonly files: number;
  readonly bytes: number;
  /** Names whose content is gone. */
  readonly broken: readonly string[];
}

/** What the cache holds, by id. Repositories that cannot be read are left out. */
export async function cachedRepositories(cache: string): Promise<CachedRevision[]> {
  const names = (await readdir(cache).catch(() => [])).filter(name => name.startsWith('models--')).sort();
  const found: CachedRevision[] = [];
  for (const name of names) {
    const repo = name.slice('models--'.length).replace('--', '/');
    const revisions = await cachedRevisions(cache, repo).catch(() => []);
    found.push(...revisions);
  }
  return found;
}

async function cachedRevisions(cache: string, repo: string): Promise<CachedRevision[]> {
  const folders = repositoryFolders(cache, repo);
  const found: CachedRevision[] = [];
  for (const revision of await knownRevisions(folders)) {
    const commit = COMMIT.test(revision) ? revision : await commitOf(folders, revision).catch(() => undefined);
    if (commit === undefined) continue;
    const folder = join(folders.snapshots, commit);
    const { paths, bytes, broken } = await contentsOf(folder);
    if (paths.length === 0) continue;
    const files = paths.map(path => ({ path }));
    const dictionaries = dictionaryFolders(files);
    const kind = kindOf(files);
    found.push({ repo, revision, commit, folder, kind, dictionaries, files: paths.length, bytes, broken });
  }
  return found;
}

/** A content that has two names counts once. */
async function contentsOf(folder: string): Promise<{ paths: string[]; bytes: number; broken: string[] }> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = new Map<string, number>();
  const paths: string[] = [];
  const broken: string[] = [];
  for (const entry of entries) {
    if (entry.isDirectory()) continue;
    const file = join(entry.parentPath, entry.name);
    const path = file.slice(folder.length + 1).replaceAll('\\', '/');
    paths.push(path);
    try {
      sizes.set(await realpath(file), (await stat(file)).size);
    } catch {
      broken.push(path);
    }
  }
  return {
    paths: paths.sort(),
    bytes: [...sizes.values()].reduce((sum, size) => sum + size, 0),
    broken: broken.sort(),
  };
}
