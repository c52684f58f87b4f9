import { lstat, readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { CircuitError } from '../../errors.ts';
import { hubCacheFolder } from './environment.ts';
import {
  addCommand,
  checkRevision,
  COMMIT,
  isInsideName,
  repositoryFolders,
  shownRepository,
  type RepositoryFolders,
} from './names.ts';
import type { HubResolver } from './resolver.ts';

const IMPORT_AGAIN = 'Import it again: what is missing is fetched.';

/** A resolver that looks into the cache and fetches nothing. Errors: those of cachedFile. */
export function cacheResolver(cache: string = hubCacheFolder()): HubResolver {
  return (repo, revision, path) => cachedFile(cache, repo, revision, path);
}

/**
 * The path of one file of a cached repository. Errors: `file-missing` saying how far the cache goes and what fetches the
 * rest; `file-damaged` for a link whose content is gone; `usage` for names that are none.
 */
export async function cachedFile(cache: string, repo: string, revision: string, path: string): Promise<string> {
  if (!isInsideName(path)) {
    throw new CircuitError(
      'usage',
      `${JSON.stringify(path.slice(0, 200))} is not the name of a file in ${repo}.`,
      'Give a path below the root of the repository, with forward slashes.',
    );
  }
  const snapshot = await cachedSnapshot(cache, repo, revision);
  const file = join(snapshot, ...path.split('/'));
  if (await checkLink(file, repo, revision)) return file;
  const commit = basename(snapshot);
  const known = await lstat(join(repositoryFolders(cache, repo).root, '.no_exist', commit, ...path.split('/'))).then(
    () => true,
    () => false,
  );
  throw new CircuitError(
    'file-missing',
    known
      ? `${shownRepository(repo, revision)} has no file ${path}.`
      : `${shownRepository(repo, revision)} is in the cache without its file ${path}: ${snapshot}.`,
    known ? 'Check the name of the file.' : IMPORT_AGAIN,
    known ? {} : { commandLine: `Fetch the rest: ${addCommand(repo, revision)}.` },
  );
}

/**
 * The folder of one revision in the cache. Errors: `file-missing` naming what is there instead, `file-damaged` for
 * a reference to a commit that is not there.
 */
export async function cachedSnapshot(cache: string, repo: string, revision: string): Promise<string> {
  checkRevision(revision);
  const folders = repositoryFolders(cache, repo);
  const remedy = 'Import it from the hub.';
  const options = { commandLine: `Fetch it: ${addCommand(repo, revision)}.` };
  if (!(await isFolder(folders.root))) {
    throw new CircuitError('file-missing', `${repo} is not in the Hugging Face cache ${cache}.`, remedy, options);
  }
  const commit = COMMIT.test(revision) ? revision : await commitOf(folders, revision);
  if (commit === undefined) {
    const known = await knownRevisions(folders);
    const there = known.length === 0 ? 'no complete revision of it is there' : `there are ${known.join(', ')}`;
    throw new CircuitError(
      'file-missing',
      `The revision ${revision} of ${repo} is not in the Hugging Face cache ${cache}: ${there}.`,
      remedy,
      options,
    );
  }
  const snapshot = join(folders.snapshots, commit);
  if (await isFolder(snapshot)) return snapshot;
  throw new CircuitError(
    COMMIT.test(revision) ? 'file-missing' : 'file-damaged',
    COMMIT.test(revision)
      ? `The commit ${revision} of ${repo} is not in the Hugging Face cache ${cache}.`
      : `${join(folders.refs, revision)} names the commit ${commit}, of which nothing is in the cache.`,
    remedy,
    options,
  );
}

/** The commit that a branch or tag pointed at when it was last fetched; undefined where it never was. */
export async function commitOf(folders: RepositoryFolders, revision: string): Promise<string | undefined> {
  const path = join(folders.refs, ...revision.split('/'));
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined || COMMIT.test(text.trim())) return text?.trim();
  throw new CircuitError('file-damaged', `${path} does not hold a commit.`, 'Remove this file and fetch it again.');
}

/** Branches and tags, then commits that none of them points at. */
export async function knownRevisions(folders: RepositoryFolders): Promise<string[]> {
  const names = await readdir(folders.refs, { recursive: true, withFileTypes: true }).catch(() => []);
  const refs = names
    .filter(entry => entry.isFile())
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(folders.refs.length + 1)
        .replaceAll('\\', '/'),
    );
  const commits = new Set(await readdir(folders.snapshots).catch(() => []));
  for (const ref of refs) commits.delete((await commitOf(folders, ref).catch(() => undefined)) ?? '');
  return [...refs.sort(), ...[...commits].filter(name => COMMIT.test(name)).sort()];
}

/** Whether `file` is there. Errors: `file-damaged` for a link to nothing. */
async function checkLink(file: string, repo: string, revision: string): Promise<boolean> {
  const entry = await lstat(file).catch(() => undefined);
  if (entry === undefined) return false;
  const target = await stat(file).catch(() => undefined);
  if (target !== undefined) return target.isFile();
  throw new CircuitError(
    'file-damaged',
    `${file} is a link to a file that is gone: the cache of ${repo} is incomplete.`,
    IMPORT_AGAIN,
    { commandLine: `Fetch it again: ${addCommand(repo, revision)}.` },
  );
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    entry => entry.isDirectory(),
    () => false,
  );
}
