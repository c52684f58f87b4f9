import { stat } from 'node:fs/promises';
import { parseHubId, type HubId } from '../checkpoint/hub/hub-id.ts';
import { hubIdOf } from '../checkpoint/hub/model-place.ts';
import type { ImportRequest } from '../checkpoint/hub/plan-import.ts';
import { publishedSet, type PublishedSet } from '../checkpoint/hub/published-sets.ts';
import { CircuitError } from '../errors.ts';

/** What circuit model add is to add. */
export type ImportTarget = FolderTarget | HubTarget;

export interface FolderTarget {
  readonly kind: 'folder';
  readonly folder: string;
  readonly dictionary: string | undefined;
}

export interface HubTarget {
  readonly kind: 'hub';
  readonly requests: readonly ImportRequest[];
  readonly set: PublishedSet | undefined;
}

interface Given {
  readonly dictionary: string | undefined;
  readonly revision: string | undefined;
}

/** Reads the argument: a folder, the name of a published set, or a hub id. Errors: `usage`. */
export async function importTarget(text: string, { dictionary, revision }: Given): Promise<ImportTarget> {
  if (await isFolder(text)) {
    if (revision === undefined) return { kind: 'folder', folder: text, dictionary };
    throw new CircuitError('usage', 'A revision is given with a folder.', 'Give it with a hub id.');
  }
  const set = publishedSet(text);
  const id = set === undefined ? hubIdOf(text) : parseHubId(set.model);
  if (id === undefined) {
    throw new CircuitError(
      'usage',
      `${JSON.stringify(text)} is neither a folder nor a hub id.`,
      'Give a folder that exists, owner/name, or the name of a published set.',
      { commandLine: 'Give a folder that exists, owner/name, or a name from circuit model list.' },
    );
  }
  if (revision !== undefined && id.revision !== undefined && id.revision !== revision) {
    throw new CircuitError('usage', `Two revisions are given: ${id.revision} and ${revision}.`, 'Give one.');
  }
  if (dictionary !== undefined && (await isFolder(dictionary))) {
    throw new CircuitError(
      'usage',
      `${dictionary} is a folder, and ${text} is on the hub.`,
      'Choose both as folders, or both from the hub.',
      { commandLine: 'Add each by itself: circuit model add FOLDER.' },
    );
  }
  const first: HubId = revision === undefined ? id : { ...id, revision };
  const second = dictionary ?? (set === undefined || set.folders === true ? undefined : set.dictionary);
  const asModel = set !== undefined || dictionary !== undefined;
  return {
    kind: 'hub',
    set,
    requests: [
      { id: first, ...(asModel ? { as: 'model' as const } : {}) },
      ...(second === undefined ? [] : [{ id: parseHubId(second), as: 'dictionary' as const }]),
    ],
  };
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    entry => entry.isDirectory(),
    () => false,
  );
}
