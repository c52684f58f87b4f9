import { basename, join, resolve } from 'node:path';
import { CircuitError } from '../../errors.ts';

export const COMMIT = /^[0-9a-f]{40}$/;
export const MAIN = 'main';

/**
 * Checks the id of a repository, `owner/name` or (the oldest models) `name`, by the rules of huggingface_hub.
 * Errors: `usage`.
 */
export function checkRepository(repo: string): void {
  const parts = repo.split('/');
  const valid =
    parts.length <= 2 &&
    parts.every(part => /^[A-Za-z0-9_](?:[\w.-]{0,94}[A-Za-z0-9_])?$/.test(part)) &&
    !/--|\.\.|\.git$/.test(repo);
  if (valid) return;
  throw new CircuitError(
    'usage',
    `${JSON.stringify(repo.slice(0, 200))} is not the id of a Hugging Face repository.`,
    'Write owner/name, as on the page of the model.',
  );
}

/** Checks a branch, tag or commit. Errors: `usage`. */
export function checkRevision(revision: string): void {
  if (isInsideName(revision) && !revision.startsWith('-')) return;
  throw new CircuitError(
    'usage',
    `${JSON.stringify(revision.slice(0, 200))} is not a revision.`,
    'Give a branch, a tag or a commit.',
  );
}

const FORBIDDEN = /[\\:\p{Cc}]/u;
/** Names that Windows keeps for devices, with any ending, and names whose end it cuts off. */
const WINDOWS_DEVICE = /^(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)|[. ]$|[<>"|?*]/i;

/** Whether a name with `/` stays below the folder that it is joined to, and can be a file's, on every platform. */
export function isInsideName(name: string, platform: NodeJS.Platform = process.platform): boolean {
  if (name.length > 1000 || FORBIDDEN.test(name)) return false;
  return name
    .split('/')
    .every(
      part => part !== '' && part !== '.' && part !== '..' && !(platform === 'win32' && WINDOWS_DEVICE.test(part)),
    );
}

/** The folders of one repository in the cache. */
export interface RepositoryFolders {
  readonly root: string;
  /** Contents by their hashes, and what is still being downloaded, with `.incomplete` behind the name. */
  readonly blobs: string;
  /** A folder for each commit, of links into `blobs`. */
  readonly snapshots: string;
  /** A file for each branch or tag, holding a commit. */
  readonly refs: string;
}

/** Errors: `usage` for an id that is none. */
export function repositoryFolders(cache: string, repo: string): RepositoryFolders {
  checkRepository(repo);
  const root = join(cache, `models--${repo.replace('/', '--')}`);
  return { root, blobs: join(root, 'blobs'), snapshots: join(root, 'snapshots'), refs: join(root, 'refs') };
}

/** `owner/name`, with the revision where it is not the default one. */
export function shownRepository(repo: string, revision: string = MAIN): string {
  return revision === MAIN ? repo : `${repo}@${revision}`;
}

/** What to type to get a repository. */
export function addCommand(repo: string, revision?: string): string {
  return `circuit model add ${shownRepository(repo, revision)}`;
}

/**
 * What a folder is called: `owner/name[//folder]` for one in a Hugging Face cache, where the folder's own name is that
 * of a commit; otherwise its last part.
 */
export function nameOfFolder(folder: string): string {
  const { repo, path } = snapshotOf(folder) ?? {};
  if (repo === undefined) return basename(resolve(folder));
  return `${repo}${path === '' ? '' : `//${path}`}`;
}

/** Which folder (`path`, '' for the root) of which repository a folder of a Hugging Face cache is; undefined elsewhere. */
export function snapshotOf(folder: string): { repo: string; commit: string; path: string } | undefined {
  const parts = resolve(folder).split(/[/\\]/);
  const at = parts.findLastIndex((part, i) => part === 'snapshots' && COMMIT.test(parts[i + 1] ?? ''));
  const repository = /^models--(.+)$/.exec(parts[at - 1] ?? '')?.[1];
  if (repository === undefined) return undefined;
  return { repo: repository.replace('--', '/'), commit: parts[at + 1], path: parts.slice(at + 2).join('/') };
}
