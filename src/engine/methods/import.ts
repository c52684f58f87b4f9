import { totalmem } from 'node:os';
import { hubSettings } from '../../checkpoint/hub/environment.ts';
import { showHubId } from '../../checkpoint/hub/hub-id.ts';
import { publishedSet } from '../../checkpoint/hub/published-sets.ts';
import { importFolder } from '../../import/import-folder.ts';
import { estimateFromHub, hubDictionaryFolders, importFromHub } from '../../import/import-from-hub.ts';
import { importTarget, type ImportTarget } from '../../import/import-target.ts';
import { publishedSize } from '../../import/known-models.ts';
import type { Task } from '../../task.ts';
import type { ImportEstimateData, ImportRequest, ImportResult, SetSizeRequest } from '../protocol.ts';

/** What an import takes; for a folder, which is neither copied nor fetched, nothing. */
export async function estimateOf(request: ImportRequest, task: Task): Promise<ImportEstimateData> {
  const target = await targetOf(request);
  const machineMemory = totalmem();
  if (target.kind === 'folder') return { items: [], total: 0, missing: 0, free: null, memory: null, machineMemory };
  const { plan, memory } = await estimateFromHub(target, await hubSettings(), optionsOf(request), task);
  const items = plan.items.map(({ kind, id, files }) => {
    return { kind, id: showHubId(id), bytes: files.reduce((sum, { size }) => sum + size, 0) };
  });
  const { total, missing, free } = plan.size;
  return { items, total, missing, free, memory: memory?.estimate.private ?? null, machineMemory };
}

/** Downloads, or checks and remembers a folder. A person has agreed to it already. */
export async function importAll(request: ImportRequest, task: Task): Promise<ImportResult> {
  const target = await targetOf(request);
  if (target.kind === 'folder') return importFolder(target.folder, target.dictionary);
  const agreed = (): Promise<void> => Promise.resolve();
  return (await importFromHub(target, await hubSettings(), agreed, optionsOf(request), task)).items;
}

/** Bytes of a published dictionary; null for sets that hold several. One try: a list does not wait for a hub that is away. */
export async function sizeOfSet({ name }: SetSizeRequest, task: Task): Promise<number | null> {
  const set = publishedSet(name);
  if (set === undefined || set.folders === true) return null;
  return set.dictionaryBytes ?? publishedSize(set, { ...(await hubSettings()), attempts: 1 }, task);
}

export async function foldersOf(
  { dictionary }: { readonly dictionary: string },
  task: Task,
): Promise<readonly string[]> {
  return hubDictionaryFolders(dictionary, await hubSettings(), task);
}

function targetOf({ id, revision, dictionary }: ImportRequest): Promise<ImportTarget> {
  return importTarget(id, { revision, dictionary });
}

function optionsOf({ features }: ImportRequest): { withFeatures?: boolean } {
  return features === undefined ? {} : { withFeatures: features };
}
