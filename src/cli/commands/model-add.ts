import { openCheckpoint, type Checkpoint } from '../../checkpoint/index.ts';
import { hubSettings, type HubSettings } from '../../checkpoint/hub/environment.ts';
import { dictionaryFolders } from '../../checkpoint/hub/file-selection.ts';
import { parseHubId, showHubId } from '../../checkpoint/hub/hub-id.ts';
import { importFiles } from '../../checkpoint/hub/import-files.ts';
import { placeOf } from '../../checkpoint/hub/model-place.ts';
import { planImport, type ImportPlan, type PlannedItem } from '../../checkpoint/hub/plan-import.ts';
import { PUBLISHED_SETS, setsWith, type PublishedSet } from '../../checkpoint/hub/published-sets.ts';
import { commitOfRevision, repositoryFiles } from '../../checkpoint/hub/repository-files.ts';
import { checkDictionaryFits, openDictionary, type Dictionary } from '../../dictionary/index.ts';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import { defineCommand, type Invocation } from '../frame/command.ts';
import { flag, under, value } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { byteSize } from '../frame/text.ts';
import { path } from '../frame/value-readers.ts';
import { rememberFolder } from '../model/chosen-folders.ts';
import { ask, confirm, isInteractive } from '../model/confirm.ts';
import { importMemory } from '../model/import-estimate.ts';
import { planLines, warnOfMemory } from '../model/import-report.ts';
import { importTarget } from '../model/import-target.ts';
import { setLines } from '../model/set-lines.ts';

/** Downloads above this are confirmed first, in bytes. */
const LARGE = 100e6;

const OPTIONS = under('What', {
  revision: value('NAME', 'branch, tag or commit of the model (default main)', path),
  dictionary: value('ID', 'dictionary for the model: owner/name[//folder][@revision]', path),
  features: flag("fetch the dictionary's feature index, too, with examples of each feature"),
  yes: flag('do not ask before a large download'),
});

type Add = Pick<Invocation<typeof OPTIONS>, 'values' | 'output' | 'task'>;

export const modelAdd = defineCommand({
  name: 'model add',
  description:
    'Fetches a model or a dictionary from the Hugging Face hub into the cache that Python uses, too (HF_HOME), and says before how much disk and memory it takes. Interrupted downloads go on where they stopped; checksums are compared. Nothing is copied or converted.\n\nA token for gated models is taken from HF_TOKEN, or from where `hf auth login` puts it. A folder is checked and remembered for circuit model list.',
  positionals: [
    {
      name: 'ID|FOLDER',
      description: 'a name of circuit model list, a hub id (owner/name), or a folder',
      optional: true,
    },
  ],
  options: OPTIONS,
  examples: [
    ['model add qwen3-0.6b', 'a published set: the model and its dictionary'],
    ['model add google/gemma-2-2b --dictionary mntss/gemma-scope-transcoders --yes', 'any pair of the hub'],
    ['model add EleutherAI/pythia-70m --revision step1000', 'a model as it was at some time'],
    ['model add ./my-model', 'a folder of your own'],
  ],
  async run({ values, positionals, output, task }) {
    const text = positionals[0] ?? (await chooseSet(output, task));
    const target = await importTarget(text, values);
    if (target.kind === 'folder') await addFolder(target.folder, target.dictionary, output);
    else await addFromHub(target.requests, target.set, { values, output, task });
    return undefined;
  },
});

async function chooseSet(output: Output, task: Task): Promise<string> {
  if (!isInteractive() || output.json) {
    throw new CircuitError('usage', 'ID|FOLDER is missing.', 'Name a model; circuit model list shows published ones.');
  }
  PUBLISHED_SETS.forEach((set, i) => {
    output.say(`${String(i + 1).padStart(3)}  ${set.name.padEnd(24)}${set.title}`);
  });
  const answer = await ask('Number of a set, hub id or folder: ', task);
  const chosen = /^\d+$/.test(answer) ? PUBLISHED_SETS[Number(answer) - 1]?.name : answer;
  if (chosen === undefined || chosen === '')
    throw new CircuitError('usage', 'Nothing was chosen.', 'Give a number of the list.');
  return chosen;
}

async function addFolder(folder: string, dictionaryText: string | undefined, output: Output): Promise<void> {
  // A folder is what its configuration says: a checkpoint has config.json, a dictionary config.yaml.
  const opened = await openEither(folder);
  const dictionary = dictionaryText === undefined ? undefined : await openDictionary(await placeOf(dictionaryText));
  if (dictionary !== undefined) {
    if (opened.kind === 'dictionary') {
      throw new CircuitError('usage', `${folder} is a dictionary itself.`, 'Give --dictionary with a model.');
    }
    checkDictionaryFits(dictionary, opened.checkpoint.config);
  }
  await rememberFolder({ folder, kind: opened.kind });
  if (dictionary !== undefined) await rememberFolder({ folder: dictionary.dir, kind: 'dictionary' });
  output.printJson({ added: [{ kind: opened.kind, id: null, folder }], downloaded: 0, memory: null });
  output.print(`${folder} is a ${opened.kind}; circuit model list shows it from now on.`);
}

type Opened =
  | { readonly kind: 'model'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'dictionary'; readonly dictionary: Dictionary };

async function openEither(folder: string): Promise<Opened> {
  try {
    return { kind: 'model', checkpoint: await openCheckpoint(folder) };
  } catch (error) {
    const dictionary = await openDictionary(folder).catch(() => undefined);
    if (dictionary === undefined) throw error;
    return { kind: 'dictionary', dictionary };
  }
}

async function addFromHub(
  requests: Parameters<typeof planImport>[0],
  set: PublishedSet | undefined,
  { values, output, task }: Add,
): Promise<void> {
  const settings = await hubSettings();
  if (set?.unsupported !== undefined) {
    throw new CircuitError(
      'file-unsupported',
      `${set.model} is ${set.unsupported}.`,
      'Choose another: circuit model list.',
    );
  }
  if (set?.folders === true && values.dictionary === undefined) await nameFolders(set, settings, task);
  const plan = await planImport(requests, settings, { withFeatures: values.features }, task);
  const memory = await importMemory(plan);
  for (const line of planLines(plan, memory, settings.cache)) output.say(line);
  warnOfMemory(memory, output);
  if (plan.size.missing > LARGE && !values.yes) {
    if (!isInteractive() || output.json) {
      throw new CircuitError(
        'usage',
        `${byteSize(plan.size.missing)} are to be downloaded, and nobody can be asked.`,
        'Give --yes to download them.',
      );
    }
    await confirm(`Download ${byteSize(plan.size.missing)}?`, task);
  }
  await importFiles(plan.parts, settings, { ...task, progress: inMegabytes(task) });
  const places = await Promise.all(plan.items.map(item => placeOf(showHubId(item.id), settings.cache)));
  await checkItems(plan, places);
  output.printJson({
    added: plan.items.map(({ id, kind, commit }, i) => ({ kind, id: showHubId(id), commit, folder: places[i] })),
    downloaded: plan.size.missing,
    memory: memory?.estimate ?? null,
  });
  output.print(
    ...plan.items.map(({ kind, id }, i) => `${kind} ${showHubId(id)}: ${places[i]}`),
    ...nextSteps(plan.items),
  );
}

/** Errors: `usage` with the dictionaries of which one is to be named. */
async function nameFolders({ dictionary, model }: PublishedSet, settings: HubSettings, task: Task): Promise<void> {
  const { repo, revision = 'main' } = parseHubId(dictionary);
  const commit = await commitOfRevision(repo, revision, settings, task);
  const folders = dictionaryFolders(await repositoryFiles(repo, commit, '', settings, task));
  throw new CircuitError(
    'usage',
    `${dictionary} holds ${folders.length} dictionaries: ${folders.join(', ')}.`,
    `Name one: circuit model add ${model} --dictionary ${dictionary}//${folders[0] ?? 'FOLDER'}.`,
  );
}

/** Opens what was fetched: a pair that does not belong together is told now. */
async function checkItems({ items }: ImportPlan, places: readonly string[]): Promise<void> {
  const model = items.findIndex(({ kind }) => kind === 'model');
  const dictionary = items.findIndex(({ kind }) => kind === 'dictionary');
  const checkpoint = model < 0 ? undefined : await openCheckpoint(places[model]);
  const opened = dictionary < 0 ? undefined : await openDictionary(places[dictionary]);
  if (checkpoint !== undefined && opened !== undefined) checkDictionaryFits(opened, checkpoint.config);
}

function inMegabytes(task: Task): NonNullable<Task['progress']> {
  return (stage, done, total) => {
    if (stage === 'download' && total !== undefined) {
      task.progress?.('download (MB)', Math.floor(done / 1e6), Math.ceil(total / 1e6));
    } else {
      task.progress?.(stage, done, total);
    }
  };
}

function nextSteps(items: readonly PlannedItem[]): string[] {
  const [model, dictionary] = (['model', 'dictionary'] as const).map(kind => items.find(item => item.kind === kind));
  if (model !== undefined && dictionary !== undefined) {
    const pair = `--model ${showHubId(model.id)} --dictionary ${showHubId(dictionary.id)}`;
    return ['', `Now: circuit trace ${pair} --prompt "..."`];
  }
  const sets = setsWith((model ?? dictionary)!.id.repo);
  return sets.length === 0 ? [] : ['', 'Published with it:', ...setLines(sets)];
}
