import { basename } from 'node:path';
import { downloadFile } from '../checkpoint/hub/download-file.ts';
import { hubSettings, type HubSettings } from '../checkpoint/hub/environment.ts';
import { snapshotOf } from '../checkpoint/hub/names.ts';
import { remoteRange } from '../checkpoint/hub/remote-range.ts';
import { namedFiles } from '../checkpoint/hub/repository-files.ts';
import { CircuitError } from '../errors.ts';
import type { Task } from '../task.ts';
import { hasFeatureIndex, INDEX_FILE, openFeatureIndex, type FeatureIndex } from './index-reader.ts';

/**
 * The feature index of a dictionary from its features folder: the one on this machine, or, for a dictionary of the
 * Hugging Face cache that was fetched without it, the one on the hub. Of that the list of places is fetched into the
 * cache, and each record by its range of bytes when it is read. Undefined where there is neither. Errors: those of
 * openFeatureIndex and of the hub. `attempts`: tries of one request, if other than usual.
 */
export async function openPublishedIndex(
  folder: string,
  task?: Task,
  options: Partial<Pick<HubSettings, 'attempts'>> = {},
): Promise<FeatureIndex | undefined> {
  if (await hasFeatureIndex(folder)) return openFeatureIndex(folder);
  const place = snapshotOf(folder);
  if (place === undefined || basename(folder) !== 'features') return undefined;
  const { repo, commit, path } = place;
  const settings = { ...(await hubSettings()), ...options };
  try {
    const [file] = await namedFiles(repo, commit, [`${path}/${INDEX_FILE}`], settings, task);
    await downloadFile({ repo, commit, file }, settings, task);
  } catch (error) {
    if (error instanceof CircuitError && error.code === 'hub-missing') return undefined;
    throw error;
  }
  return openFeatureIndex(folder, (name, _, start, length) =>
    remoteRange({ repo, commit, path: `${path}/${name}` }, start, length, settings),
  );
}
