import { listFiles, modelInfo, pathsInfo } from '@huggingface/hub';
import * as v from 'valibot';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import type { HubSettings } from './environment.ts';
import { metadataFetch } from './exchange.ts';
import type { Subject } from './failures.ts';
import { checkRepository, checkRevision, COMMIT, isInsideName } from './names.ts';

/** A file of a repository at one commit. */
export interface HubFile {
  /** Relative to the repository's root, with `/`; checked to stay below it. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Of the content itself for large (LFS) files, of the git blob for others. */
  readonly checksum: Checksum;
}

export interface Checksum {
  readonly algorithm: 'sha256' | 'git-sha1';
  /** Hex; the name of the content in the cache. */
  readonly hash: string;
}

/** Paths in one question: the hub takes 1000. */
const PATHS_AT_ONCE = 500;

const Entry = v.object({
  path: v.string(),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
  oid: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/))),
  lfs: v.nullish(v.object({ oid: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)) })),
});

/** The commit that a revision points at now. Errors: `hub-missing`, `hub-access`, `network`. */
export async function commitOfRevision(
  repo: string,
  revision: string,
  settings: HubSettings,
  task?: Task,
): Promise<string> {
  checkRepository(repo);
  checkRevision(revision);
  const { sha } = await modelInfo({
    name: repo,
    revision,
    additionalFields: ['sha'],
    ...common({ repo, revision }, settings, task),
  });
  if (typeof sha === 'string' && COMMIT.test(sha)) return sha;
  throw strange(repo, `names no commit for the revision ${revision}`);
}

/** All files below `folder` ('' for all of the repository). Errors: as above; `file-damaged` for names that lead out. */
export async function repositoryFiles(
  repo: string,
  commit: string,
  folder: string,
  settings: HubSettings,
  task?: Task,
): Promise<HubFile[]> {
  checkRepository(repo);
  const found: HubFile[] = [];
  const path = folder.split('/').map(encodeURIComponent).join('/');
  const subject = { repo, revision: commit, ...(folder === '' ? {} : { path: folder }) };
  const entries = listFiles({
    repo: { type: 'model', name: repo },
    revision: commit,
    recursive: true,
    ...(folder === '' ? {} : { path }),
    ...common(subject, settings, task),
  });
  for await (const entry of entries) {
    if (entry.type === 'file') found.push(checked(repo, entry));
  }
  return found;
}

/** The named files, in the same order. Errors: as above; `hub-missing` naming the first one that is not there. */
export async function namedFiles(
  repo: string,
  commit: string,
  paths: readonly string[],
  settings: HubSettings,
  task?: Task,
): Promise<HubFile[]> {
  checkRepository(repo);
  const found = new Map<string, HubFile>();
  for (let at = 0; at < paths.length; at += PATHS_AT_ONCE) {
    const entries = await pathsInfo({
      repo: { type: 'model', name: repo },
      revision: commit,
      paths: paths.slice(at, at + PATHS_AT_ONCE),
      ...common({ repo, revision: commit }, settings, task),
    });
    for (const entry of entries) {
      if (entry.type === 'file') found.set(entry.path, checked(repo, entry));
    }
  }
  return paths.map(path => {
    const file = found.get(path);
    if (file !== undefined) return file;
    throw new CircuitError('hub-missing', `${repo} has no file ${path} at ${commit}.`, 'Check the name of the file.');
  });
}

/** Where the content of a file is fetched. */
export function fileAddress(repo: string, commit: string, path: string, { endpoint }: HubSettings): string {
  return `${endpoint}/${repo}/resolve/${commit}/${path.split('/').map(encodeURIComponent).join('/')}`;
}

function checked(repo: string, entry: { readonly path: string }): HubFile {
  if (typeof entry.path !== 'string' || !isInsideName(entry.path)) {
    throw new CircuitError(
      'file-damaged',
      `${repo} lists a file named ${JSON.stringify(entry.path).slice(0, 200)}, which could lead out of its folder or cannot be written here.`,
      'Nothing was fetched. Do not trust this repository.',
    );
  }
  const result = v.safeParse(Entry, entry);
  if (!result.success) throw strange(repo, `describes ${entry.path} in a way that is not known`);
  const { path, size, oid, lfs } = result.output;
  if (lfs != null) return { path, size, checksum: { algorithm: 'sha256', hash: lfs.oid } };
  if (oid === undefined) throw strange(repo, `lists ${path} without a hash`);
  return { path, size, checksum: { algorithm: 'git-sha1', hash: oid } };
}

// The token is added by metadataFetch, which keeps it from other machines, and takes tokens of any form.
function common(
  subject: Subject,
  settings: HubSettings,
  task: Task | undefined,
): { hubUrl: string; fetch: typeof fetch } {
  return { hubUrl: settings.endpoint, fetch: metadataFetch(subject, settings, task) };
}

function strange(repo: string, what: string): CircuitError {
  return new CircuitError('network', `The hub ${what} (${repo}).`, 'Check HF_ENDPOINT; a newer program may help.');
}
