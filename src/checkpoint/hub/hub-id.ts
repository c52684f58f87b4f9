import { parseHubReference } from '../hub-reference.ts';
import { checkRepository, checkRevision } from './names.ts';

/** What stands for a model or dictionary of the hub: a repository, or a folder (or file) of it. */
export interface HubId {
  readonly repo: string;
  readonly revision?: string;
  readonly folder?: string;
}

/**
 * Reads `owner/name`, `owner/name@revision`, `owner/name//folder@revision`, `hf://...`, and the names of the oldest
 * models, which have no owner (gpt2). Errors: `usage`.
 */
export function parseHubId(text: string): HubId {
  const plain = /^([\w.-]+)(?:@(.+))?$/.exec(text);
  const { repo, revision, path } =
    plain === null ? parseHubReference(text) : { repo: plain[1], revision: plain[2], path: undefined };
  checkRepository(repo);
  if (revision !== undefined) checkRevision(revision);
  return { repo, ...(revision === undefined ? {} : { revision }), ...(path === undefined ? {} : { folder: path }) };
}

export function showHubId({ repo, revision, folder }: HubId): string {
  return `${repo}${folder === undefined ? '' : `//${folder}`}${revision === undefined ? '' : `@${revision}`}`;
}
