import { join } from 'node:path';
import {
  isInsideName,
  openWeights,
  parseHubReference,
  type HubResolver,
  type SafetensorsFile,
} from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import type { DictionaryConfig } from './dictionary-config.ts';

/**
 * The files that `transcoders` of config.yaml lists, one for each layer: `hf://owner/name/path?revision=rev`, or a name
 * in the folder. Errors: `file-unsupported` naming the entry, and what the resolver and the formats throw.
 */
export async function openListed(
  config: DictionaryConfig,
  entries: readonly string[],
  dir: string,
  resolveHub: HubResolver,
  task?: Task,
): Promise<SafetensorsFile[]> {
  if (entries.length === 0) throw badEntry(config, 'transcoders', 'lists no files');
  const files: SafetensorsFile[] = [];
  for (const [layer, entry] of entries.entries()) {
    throwIfCancelled(task);
    task?.progress?.('open dictionary', layer, entries.length);
    files.push(await openWeights(await localPath(config, layer, entry, dir, resolveHub), task));
  }
  return files;
}

async function localPath(
  config: DictionaryConfig,
  layer: number,
  entry: string,
  dir: string,
  resolveHub: HubResolver,
): Promise<string> {
  const field = `transcoders.${layer}`;
  if (!entry.startsWith('hf://')) {
    if (!isInsideName(entry)) throw badEntry(config, field, `is "${entry}", which leads out of the folder`);
    return join(dir, ...entry.split('/'));
  }
  const { repo, revision, path } = reference(config, field, entry);
  if (path === undefined) throw badEntry(config, field, `is "${entry}", a repository and not a file`);
  return resolveHub(repo, revision ?? 'main', path);
}

function reference(config: DictionaryConfig, field: string, entry: string) {
  try {
    return parseHubReference(entry);
  } catch (cause) {
    throw badEntry(config, field, `is "${entry}", which is not a file of a Hugging Face repository`, cause);
  }
}

function badEntry(config: DictionaryConfig, field: string, what: string, cause?: unknown): CircuitError {
  return new CircuitError(
    'file-unsupported',
    `${config.path}: field "${field}" ${what}.`,
    'Write hf://owner/name/path?revision=revision, or the name of a file in the folder.',
    { cause },
  );
}
