import { hubSettings } from '../../checkpoint/hub/environment.ts';
import { PUBLISHED_SETS, setsWith } from '../../checkpoint/hub/published-sets.ts';
import { CircuitError } from '../../errors.ts';
import { importFolder } from '../../import/import-folder.ts';
import { importFromHub, type ImportedItem, type ImportEstimate } from '../../import/import-from-hub.ts';
import { importTarget, type HubTarget } from '../../import/import-target.ts';
import type { Task } from '../../task.ts';
import { defineCommand, type Invocation } from '../frame/command.ts';
import { flag, under, value } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { byteSize } from '../frame/text.ts';
import { path } from '../frame/value-readers.ts';
import { ask, confirm, isInteractive } from '../model/confirm.ts';
import { planLines, warnOfMemory } from '../model/import-report.ts';
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
    if (target.kind === 'hub') {
      await addFromHub(target, { values, output, task });
      return undefined;
    }
    const added = await importFolder(target.folder, target.dictionary);
    output.printJson({ added: added.map(chosen => ({ id: null, ...chosen })), downloaded: 0, memory: null });
    output.print(
      ...added.map(({ folder, kind }) => `${folder} is a ${kind}; circuit model list shows it from now on.`),
    );
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
  if (chosen !== undefined && chosen !== '') return chosen;
  throw new CircuitError('usage', 'Nothing was chosen.', 'Give a number of the list.');
}

async function addFromHub(target: HubTarget, { values, output, task }: Add): Promise<void> {
  const settings = await hubSettings();
  const agree = async ({ plan, memory }: ImportEstimate): Promise<void> => {
    for (const line of planLines(plan, memory, settings.cache)) output.say(line);
    warnOfMemory(memory, output);
    const { missing } = plan.size;
    if (missing <= LARGE || values.yes) return;
    if (isInteractive() && !output.json) {
      await confirm(`Download ${byteSize(missing)}?`, task);
      return;
    }
    throw new CircuitError(
      'usage',
      `${byteSize(missing)} are to be downloaded, and nobody can be asked.`,
      'Give --yes to download them.',
    );
  };
  const options = { withFeatures: values.features };
  const { items, estimate } = await importFromHub(target, settings, agree, options, {
    ...task,
    progress: inMegabytes(task),
  });
  output.printJson({
    added: items,
    downloaded: estimate.plan.size.missing,
    memory: estimate.memory?.estimate ?? null,
  });
  output.print(...items.map(({ kind, id, folder }) => `${kind} ${id}: ${folder}`), ...nextSteps(items));
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

function nextSteps(items: readonly ImportedItem[]): string[] {
  const [model, dictionary] = (['model', 'dictionary'] as const).map(kind => items.find(item => item.kind === kind));
  if (model !== undefined && dictionary !== undefined) {
    return ['', `Now: circuit trace --model ${model.id} --dictionary ${dictionary.id} --prompt "..."`];
  }
  const sets = setsWith((model ?? dictionary)!.id.split('@')[0].split('//')[0]);
  return sets.length === 0 ? [] : ['', 'Published with it:', ...setLines(sets)];
}
