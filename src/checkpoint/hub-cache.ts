import { lstat, readFile, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CircuitError } from '../errors.ts';
import { isInside } from './hub-reference.ts';
import type { HubResolver } from './hub/resolver.ts';

/** The folder of the cache that Python's huggingface_hub uses, by its environment variables. */
export function hubCacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME, XDG_CACHE_HOME } = environment;
  const set = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
  const cache = set(HF_HUB_CACHE) ?? set(HUGGINGFACE_HUB_CACHE);
  if (cache !== undefined) return withHome(cache);
  const home = set(HF_HOME) ?? join(set(XDG_CACHE_HOME) ?? join(homedir(), '.cache'), 'huggingface');
  return join(withHome(home), 'hub');
}

/**
 * A resolver that looks into the cache and fetches nothing. Layout: `models--owner--name/refs/<revision>` holds a
 * commit, `models--owner--name/snapshots/<commit>/<path>` is the file (usually a link into `blobs/`).
 * Errors: `file-missing` naming repository, revision and file; `file-damaged` for a broken link of the cache;
 * `usage` for names that would lead out of it.
 */
export function cacheResolver(folder: string = hubCacheFolder()): HubResolver {
  return async (repo, revision, path) => {
    const name = describeHubFile(repo, revision, path);
    if (!/^[\w.-]+\/[\w.-]+$/.test(repo) || repo.split('/').some(part => /^\.+$/.test(part))) {
      throw badName(name, `"${repo}" is not owner/name`);
    }
    if (!isInside(path)) throw badName(name, `the file name "${path}" leads out of the repository`);
    if (!isInside(revision)) throw badName(name, `"${revision}" is not a revision`);
    const repository = join(folder, `models--${repo.replace('/', '--')}`);
    const commit = await commitOf(repository, revision, name, folder);
    const local = join(repository, 'snapshots', commit, ...path.split('/'));
    if (await exists(local)) return local;
    throw notCached(name, folder, `its revision ${revision} is there without this file`);
  };
}

/** `hf://owner/name/path?revision=...`, as config.yaml writes it. */
export function describeHubFile(repo: string, revision: string, path: string): string {
  return `hf://${repo}/${path}${revision === 'main' ? '' : `?revision=${revision}`}`;
}

async function commitOf(repository: string, revision: string, name: string, folder: string): Promise<string> {
  if (/^[0-9a-f]{40}$/.test(revision)) return revision;
  const path = join(repository, 'refs', ...revision.split('/'));
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch {
    throw notCached(name, folder, `the cache knows no revision ${revision} of this repository`);
  }
  const commit = text.trim();
  if (/^[0-9a-f]{40}$/.test(commit)) return commit;
  throw new CircuitError(
    'file-damaged',
    `${path} does not hold a commit.`,
    'Remove it and fetch the repository again.',
  );
}

/** False where nothing is; a link to a blob that is gone is an error of its own. */
async function exists(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isFile();
  } catch (cause) {
    if (await isLink(path)) {
      throw new CircuitError(
        'file-damaged',
        `${path} is a link to a file that is gone.`,
        'The cache is incomplete: fetch the repository again.',
        { cause },
      );
    }
    return false;
  }
}

async function isLink(path: string): Promise<boolean> {
  return lstat(path).then(
    entry => entry.isSymbolicLink(),
    () => false,
  );
}

function notCached(name: string, folder: string, why: string): CircuitError {
  return new CircuitError(
    'file-missing',
    `${name} is not in the cache ${folder}: ${why}.`,
    'Fetch it with `circuit model add`, or with the Hugging Face command line.',
  );
}

function badName(name: string, why: string): CircuitError {
  return new CircuitError('usage', `${name} cannot be fetched: ${why}.`, 'Correct the reference.');
}

function withHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
}
