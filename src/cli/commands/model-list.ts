import { cachedRepositories, type CachedRevision } from '../../checkpoint/hub/cached-repositories.ts';
import { hubSettings, type HubSettings } from '../../checkpoint/hub/environment.ts';
import { dictionaryFiles } from '../../checkpoint/hub/file-selection.ts';
import { shownRepository } from '../../checkpoint/hub/names.ts';
import { PUBLISHED_SETS, type PublishedSet } from '../../checkpoint/hub/published-sets.ts';
import { commitOfRevision, repositoryFiles } from '../../checkpoint/hub/repository-files.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import { defineCommand } from '../frame/command.ts';
import { flag, under } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { byteSize, padded } from '../frame/text.ts';
import { chosenFolders } from '../model/chosen-folders.ts';
import { setLines } from '../model/set-lines.ts';

export const modelList = defineCommand({
  name: 'model list',
  description:
    'Lists the models and dictionaries in the Hugging Face cache, the folders that were added, and the published pairs of model and dictionary with their sizes. Works without a network; with --sizes the hub is asked for sizes that are not known.',
  options: under('What', {
    sizes: flag('ask the hub for the sizes of published dictionaries'),
    all: flag('show repositories of the cache that are neither models nor dictionaries, too'),
  }),
  examples: [
    ['model list', 'what is here and what is published'],
    ['model list --sizes --json', 'with all sizes, for programs'],
  ],
  async run({ values, output, task }) {
    const settings = await hubSettings();
    const cached = (await cachedRepositories(settings.cache)).filter(
      ({ kind, dictionaries }) => values.all || kind !== 'other' || dictionaries.length > 0,
    );
    const folders = await chosenFolders();
    const sizes = values.sizes ? await publishedSizes(settings, output, task) : new Map<string, number>();
    output.printJson({
      cache: settings.cache,
      cached: cached.map(({ dictionaries, ...revision }) => ({ ...revision, dictionaries })),
      folders,
      published: PUBLISHED_SETS.map(({ dictionaryBytes, ...set }) => ({
        ...set,
        dictionary_bytes: dictionaryBytes ?? sizes.get(set.name) ?? null,
        here: [set.model, set.dictionary].every(repo => cached.some(entry => entry.repo === repo)),
      })),
    });
    output.print(
      output.style.bold(`In the cache ${settings.cache}`),
      ...(cached.length === 0 ? ['  nothing'] : cached.flatMap(cachedLines)),
      ...(folders.length === 0 ? [] : ['', output.style.bold('Folders'), ...folders.map(folderLine)]),
      '',
      output.style.bold('Published (circuit model add NAME)'),
      ...setLines(PUBLISHED_SETS, sizes),
    );
    return undefined;
  },
});

/** A size that cannot be had stays unknown, with a word why. */
async function publishedSizes(settings: HubSettings, output: Output, task: Task): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  const unknown = PUBLISHED_SETS.filter(set => set.dictionaryBytes === undefined && set.folders !== true);
  for (const [i, set] of unknown.entries()) {
    throwIfCancelled(task);
    task.progress?.('ask the hub', i, unknown.length);
    try {
      sizes.set(set.name, await sizeOf(set, settings, task));
    } catch (error) {
      if (task.signal?.aborted === true) throw error;
      output.warn(`${set.dictionary}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  return sizes;
}

async function sizeOf({ dictionary }: PublishedSet, settings: HubSettings, task: Task): Promise<number> {
  const commit = await commitOfRevision(dictionary, 'main', settings, task);
  const files = await repositoryFiles(dictionary, commit, '', settings, task);
  return dictionaryFiles(dictionary, files, '', false).reduce((sum, { size }) => sum + size, 0);
}

function cachedLines({ repo, revision, kind, files, bytes, dictionaries, broken }: CachedRevision): string[] {
  const what = kind === 'other' && dictionaries.length > 0 ? 'dictionaries' : kind;
  return [
    `  ${padded(what, 14)}${padded(shownRepository(repo, revision), 48)} ${byteSize(bytes)} in ${files} files`,
    ...dictionaries.map(folder => `  ${padded('', 14)}${repo}//${folder}${revision === 'main' ? '' : `@${revision}`}`),
    ...(broken.length === 0 ? [] : [`  ${padded('', 14)}incomplete: ${broken[0]} is gone (circuit model add ${repo})`]),
  ];
}

function folderLine({ kind, folder }: { readonly kind: string; readonly folder: string }): string {
  return `  ${padded(kind, 14)}${folder}`;
}
