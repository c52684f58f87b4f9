import type { CachedRevision } from '../../checkpoint/hub/cached-repositories.ts';
import { hubSettings } from '../../checkpoint/hub/environment.ts';
import { shownRepository } from '../../checkpoint/hub/names.ts';
import { knownModels, publishedSizes } from '../../import/known-models.ts';
import { defineCommand } from '../frame/command.ts';
import { flag, under } from '../frame/options.ts';
import { byteSize, padded } from '../frame/text.ts';
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
    const { cache, cached, folders, published } = await knownModels(values.all, settings);
    const warn = (line: string): void => output.warn(line);
    const sizes = values.sizes ? await publishedSizes(settings, warn, task) : new Map<string, number>();
    output.printJson({
      cache,
      cached,
      folders,
      published: published.map(({ dictionaryBytes, ...set }) => ({
        ...set,
        dictionary_bytes: dictionaryBytes ?? sizes.get(set.name) ?? null,
      })),
    });
    output.print(
      output.style.bold(`In the cache ${cache}`),
      ...(cached.length === 0 ? ['  nothing'] : cached.flatMap(cachedLines)),
      ...(folders.length === 0 ? [] : ['', output.style.bold('Folders'), ...folders.map(folderLine)]),
      '',
      output.style.bold('Published (circuit model add NAME)'),
      ...setLines(published, sizes),
    );
    return undefined;
  },
});

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
