import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CircuitError } from '../../errors.ts';
import { readJson } from '../read-fields.ts';
import { cachedFile, cachedSnapshot } from './cached-files.ts';
import { hubCacheFolder } from './environment.ts';
import { parseHubId, showHubId, type HubId } from './hub-id.ts';
import { MAIN } from './names.ts';

/**
 * The folder of a model or dictionary that is given as a folder or as a hub id whose files are in the cache. Nothing is
 * fetched. Errors: `file-missing` naming the command that fetches it; `file-damaged` for a cache with broken links.
 */
export async function placeOf(text: string, cache: string = hubCacheFolder()): Promise<string> {
  const kind = await kindOf(text);
  if (kind === 'folder') return text;
  if (kind === 'file') {
    throw new CircuitError('file-missing', `${text} is a file, not a folder.`, 'Choose the folder that holds it.');
  }
  const id = hubIdOf(text);
  if (id === undefined) {
    throw new CircuitError(
      'file-missing',
      `${text} is not a folder that can be read.`,
      'Choose a folder that exists, or import the model from the hub.',
      { commandLine: 'Give a folder, or the id of a model that circuit model add has fetched.' },
    );
  }
  const { repo, revision = MAIN, folder } = id;
  const snapshot = await cachedSnapshot(cache, repo, revision).catch((error: unknown) => {
    if (!(error instanceof CircuitError) || error.code !== 'file-missing') throw error;
    const message = `There is no folder ${text}. As an id: ${error.message}`;
    throw new CircuitError('file-missing', message, 'Choose a folder that exists, or import the model from the hub.', {
      cause: error,
      commandLine: `Fetch it: circuit model add ${showHubId(id)}.`,
    });
  });
  const place = folder === undefined ? snapshot : join(snapshot, ...folder.split('/'));
  await checkComplete(place, id, cache);
  return place;
}

/** Undefined for what can only be a path. */
export function hubIdOf(text: string): HubId | undefined {
  if (/^(?:[./~\\]|[A-Za-z]:)|\\/.test(text)) return undefined;
  try {
    return parseHubId(text);
  } catch {
    return undefined;
  }
}

const FETCH_REST = 'Import it again: what is missing is fetched.';

/** What another program or an interrupted download has left out. Weights are not opened. */
async function checkComplete(place: string, id: HubId, cache: string): Promise<void> {
  const { repo, revision = MAIN, folder } = id;
  const commandLine = `Fetch the rest: circuit model add ${showHubId(id)}.`;
  const names = await readdir(place).catch(() => undefined);
  if (names === undefined) {
    throw new CircuitError(
      'file-missing',
      `${showHubId(id)} is not in the cache: there is no folder ${place}.`,
      FETCH_REST,
      { commandLine },
    );
  }
  const inRepository = (name: string): string => (folder === undefined ? name : `${folder}/${name}`);
  for (const name of names) {
    if (/\.(?:json|yaml|safetensors|npz)$/.test(name)) await cachedFile(cache, repo, revision, inRepository(name));
  }
  if (names.includes('model.safetensors.index.json')) {
    const shards = shardsOf(await readJson(join(place, 'model.safetensors.index.json')));
    for (const shard of shards) await cachedFile(cache, repo, revision, inRepository(shard));
  } else if (names.includes('config.json') && !names.some(name => name.endsWith('.safetensors'))) {
    throw new CircuitError(
      'file-missing',
      `${showHubId(id)} is in the cache without its weights: ${place}.`,
      FETCH_REST,
      { commandLine },
    );
  }
}

/** What the index of a sharded model names, as far as it can be read: openCheckpoint judges the rest. */
function shardsOf(index: unknown): string[] {
  const map = typeof index === 'object' && index !== null && 'weight_map' in index ? index.weight_map : {};
  const names = typeof map === 'object' && map !== null ? Object.values(map) : [];
  return [...new Set(names.filter(name => typeof name === 'string' && !/[/\\]/.test(name)))] as string[];
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  return stat(path).then(
    entry => (entry.isDirectory() ? 'folder' : 'file'),
    () => 'nothing',
  );
}
