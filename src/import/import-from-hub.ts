import { dictionaryFolders } from '../checkpoint/hub/file-selection.ts';
import type { HubSettings } from '../checkpoint/hub/environment.ts';
import { parseHubId, showHubId } from '../checkpoint/hub/hub-id.ts';
import { importFiles } from '../checkpoint/hub/import-files.ts';
import { placeOf } from '../checkpoint/hub/model-place.ts';
import { planImport, type ImportOptions, type ImportPlan, type PlannedItem } from '../checkpoint/hub/plan-import.ts';
import { commitOfRevision, repositoryFiles } from '../checkpoint/hub/repository-files.ts';
import { openCheckpoint } from '../checkpoint/index.ts';
import { checkDictionaryFits, openDictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { importMemory, type ImportMemory } from './import-memory.ts';
import type { HubTarget } from './import-target.ts';
import { checkPlannedPair } from './planned-pair.ts';

/** What an import will take; `memory` is known where there is a model among it. */
export interface ImportEstimate {
  readonly plan: ImportPlan;
  readonly memory: ImportMemory | undefined;
}

export interface ImportedItem extends Pick<PlannedItem, 'kind' | 'commit'> {
  /** As --model and --dictionary take it. */
  readonly id: string;
  readonly folder: string;
}

/**
 * What an import will take. Fetches configurations alone, and the header of a dictionary's file. Errors: those of the hub;
 * `file-unsupported` for models that cannot be run; `model-mismatch` for a pair that does not belong together; `usage`
 * where one of several dictionaries is to be named.
 */
export async function estimateFromHub(
  { requests, set }: HubTarget,
  settings: HubSettings,
  options: ImportOptions = {},
  task?: Task,
): Promise<ImportEstimate> {
  if (set?.unsupported !== undefined) {
    throw new CircuitError('file-unsupported', `${set.model} is ${set.unsupported}.`, 'Choose another.');
  }
  if (set?.folders === true && requests.length === 1) await nameFolders(set, settings, task);
  const plan = await planImport(requests, settings, options, task);
  if (plan.size.missing > 0) await checkPlannedPair(plan, settings, task);
  return { plan, memory: await importMemory(plan) };
}

/**
 * Finds out what is to be fetched, lets `agree` see how much disk and memory it takes, fetches it, and opens it. What
 * `agree` throws ends the import before anything large is fetched. Errors: those of estimateFromHub; `model-mismatch` for
 * a pair that does not belong together.
 */
export async function importFromHub(
  target: HubTarget,
  settings: HubSettings,
  agree: (estimate: ImportEstimate) => Promise<void>,
  options: ImportOptions = {},
  task?: Task,
): Promise<{ readonly items: readonly ImportedItem[]; readonly estimate: ImportEstimate }> {
  const estimate = await estimateFromHub(target, settings, options, task);
  const { plan } = estimate;
  await agree(estimate);
  await importFiles(plan.parts, settings, task);
  const items: ImportedItem[] = [];
  for (const { id, kind, commit } of plan.items) {
    const shown = showHubId(id);
    items.push({ id: shown, kind, commit, folder: await placeOf(shown, settings.cache) });
  }
  await checkPair(items);
  return { items, estimate };
}

/** Errors: `usage` with the dictionaries of which one is to be named. */
async function nameFolders(
  { dictionary, model }: { readonly dictionary: string; readonly model: string },
  settings: HubSettings,
  task: Task | undefined,
): Promise<void> {
  const folders = await hubDictionaryFolders(dictionary, settings, task);
  throw new CircuitError(
    'usage',
    `${dictionary} holds ${folders.length} dictionaries: ${folders.join(', ')}.`,
    `Name one: ${dictionary}//${folders[0] ?? 'FOLDER'}.`,
    { commandLine: `Name one: circuit model add ${model} --dictionary ${dictionary}//${folders[0] ?? 'FOLDER'}.` },
  );
}

/** The folders of a repository that hold a dictionary each. Errors: those of the hub. */
export async function hubDictionaryFolders(
  dictionary: string,
  settings: HubSettings,
  task: Task | undefined,
): Promise<string[]> {
  const { repo, revision = 'main' } = parseHubId(dictionary);
  const commit = await commitOfRevision(repo, revision, settings, task);
  return dictionaryFolders(await repositoryFiles(repo, commit, '', settings, task));
}

/** Opens what was fetched: a pair that does not belong together is told now. */
async function checkPair(items: readonly ImportedItem[]): Promise<void> {
  const [model, dictionary] = (['model', 'dictionary'] as const).map(kind => items.find(item => item.kind === kind));
  const checkpoint = model === undefined ? undefined : await openCheckpoint(model.folder);
  const opened = dictionary === undefined ? undefined : await openDictionary(dictionary.folder);
  if (checkpoint !== undefined && opened !== undefined) checkDictionaryFits(opened, checkpoint.config);
}
