import { remoteRange } from '../checkpoint/hub/remote-range.ts';
import type { HubSettings } from '../checkpoint/hub/environment.ts';
import { showHubId } from '../checkpoint/hub/hub-id.ts';
import type { ImportPart } from '../checkpoint/hub/import-plan.ts';
import type { ImportPlan, PlannedItem } from '../checkpoint/hub/plan-import.ts';
import type { HubFile } from '../checkpoint/hub/repository-files.ts';
import { parseModelConfig, readJson, readText } from '../checkpoint/index.ts';
import { headerLength, parseHeader } from '../checkpoint/safetensors-header.ts';
import { parseDictionaryConfig } from '../dictionary/dictionary-config.ts';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';

/** Bytes that hold the header of a layer's file; a longer one is asked for again. */
const FIRST_BYTES = 64 * 1024;

/**
 * Checks that a dictionary can belong to the model that is imported with it before anything large is fetched: by the
 * number of its files, and by the width that the header of the first one says. Where the files do not tell, what is
 * fetched is checked when it is opened. Errors: `model-mismatch` naming both and the numbers; those of configurations.
 */
export async function checkPlannedPair(plan: ImportPlan, settings: HubSettings, task?: Task): Promise<void> {
  const [model, dictionary] = (['model', 'dictionary'] as const).map(wanted =>
    plan.items.find(({ kind }) => kind === wanted),
  );
  if (model === undefined || dictionary === undefined || !dictionary.configuration.endsWith('.yaml')) return;
  const config = parseModelConfig(model.configuration, await readJson(model.configuration));
  const layers = await layerFiles(dictionary, plan);
  if (layers.length === 0) return;
  if (layers.length !== config.nLayers) {
    throw mismatch(dictionary, model, `has ${layers.length} layers`, `${config.nLayers}`);
  }
  const width = await widthOf(layers[0], settings, task);
  if (width !== undefined && width !== config.dModel) {
    throw mismatch(dictionary, model, `is ${width} wide`, `a residual stream of ${config.dModel}`);
  }
}

interface PlannedFile extends Pick<ImportPart, 'repo' | 'commit'> {
  readonly file: HubFile;
}

/** The file of each layer that holds its encoder: numbered ones, or those that config.yaml lists. */
async function layerFiles(dictionary: PlannedItem, { parts }: ImportPlan): Promise<PlannedFile[]> {
  const { configuration, files, commit, id } = dictionary;
  const config = parseDictionaryConfig(configuration, await readText(configuration));
  const stem = config.kind === 'plt' ? 'layer' : 'W_enc';
  const numbered = files.filter(({ path }) => new RegExp(String.raw`(?:^|/)${stem}_\d+\.safetensors$`).test(path));
  const own = { repo: id.repo, commit };
  if (numbered.length > 0) {
    const first = numbered.filter(({ path }) => path.endsWith(`${stem}_0.safetensors`));
    return [...new Set([...first, ...numbered])].map(file => ({ ...own, file }));
  }
  return (config.transcoders ?? []).flatMap(entry => {
    const found = parts.flatMap(({ repo, commit: at, files: listed }) =>
      listed
        .filter(({ path }) => entry.startsWith(`hf://${repo}`) && entry.split('?', 1)[0].endsWith(`/${path}`))
        .map(file => ({ repo, commit: at, file })),
    );
    const inside = files.filter(({ path }) => path === entry || path.endsWith(`/${entry}`));
    return [...found, ...inside.map(file => ({ ...own, file }))].slice(0, 1);
  });
}

/** The width of a layer's decoder bias; undefined for other formats than safetensors, and where the hub sends no ranges. */
async function widthOf(planned: PlannedFile, settings: HubSettings, task?: Task): Promise<number | undefined> {
  const { path, size } = planned.file;
  if (!path.endsWith('.safetensors')) return undefined;
  const read = (length: number): Promise<Buffer> =>
    remoteRange({ ...planned, path }, 0, Math.min(size, length), settings, task);
  try {
    const start = await read(FIRST_BYTES);
    const header = headerLength(path, start.subarray(0, 8), size);
    const bytes = 8 + header <= start.length ? start : await read(8 + header);
    const { entries } = parseHeader(path, bytes.subarray(8, 8 + header), size);
    return (entries.get('b_dec') ?? entries.get('b_dec_0'))?.shape[0];
  } catch (error) {
    if (error instanceof CircuitError && error.code === 'network') return undefined;
    throw error;
  }
}

function mismatch(dictionary: PlannedItem, model: PlannedItem, has: string, expected: string): CircuitError {
  return new CircuitError(
    'model-mismatch',
    `${showHubId(dictionary.id)} ${has}, but ${showHubId(model.id)} has ${expected}.`,
    'The dictionary was made for another model: choose the two that belong together. Nothing large was fetched.',
  );
}
