import { join } from 'node:path';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import { writeReference } from './cache-writer.ts';
import { downloadFile, type Download } from './download-file.ts';
import type { HubSettings } from './environment.ts';
import { DISK_MARGIN, importSize, type ImportPart } from './import-plan.ts';
import { repositoryFolders } from './names.ts';

/** Files at a time: one connection does not fill a fast line, and many small files would wait for each other. */
const AT_ONCE = 4;

/**
 * Downloads all files of `parts` and then lets their revisions point at them, so that an import that was interrupted
 * never looks finished. Progress is in bytes. Returns the snapshot folder of each part. Errors: `disk-full` before
 * anything is written where the files will not fit; those of downloadFile, after the other downloads have stopped.
 */
export async function importFiles(parts: readonly ImportPart[], settings: HubSettings, task?: Task): Promise<string[]> {
  const { total, missing, free } = await importSize(parts, settings);
  if (free !== null && missing > 0 && missing + DISK_MARGIN > free) {
    throw new CircuitError(
      'disk-full',
      `${gigabytes(missing)} are to be downloaded, and the disk of ${settings.cache} has ${gigabytes(free)} left.`,
      'Make room, or set HF_HOME to a folder on another disk.',
    );
  }
  let done = 0;
  const arrived = (bytes: number): void => {
    done += bytes;
    task?.progress?.('download', done, total);
  };
  await each(uniqueDownloads(parts), settings, task, arrived);
  for (const { repo, revision, commit } of parts) await writeReference(settings.cache, repo, revision, commit);
  return parts.map(({ repo, commit }) => join(repositoryFolders(settings.cache, repo).snapshots, commit));
}

async function each(
  downloads: readonly Download[],
  settings: HubSettings,
  task: Task | undefined,
  arrived: (bytes: number) => void,
): Promise<void> {
  const stop = new AbortController();
  const signal = task?.signal === undefined ? stop.signal : AbortSignal.any([task.signal, stop.signal]);
  const queue = downloads.values();
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (const download of queue) {
      if (failure !== undefined) return;
      try {
        await downloadFile(download, settings, { ...task, signal }, arrived);
      } catch (error) {
        failure ??= { error };
        stop.abort();
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (failure !== undefined) throw failure.error;
}

/** Largest last, so that configurations are there first; a file that two parts share once. */
function uniqueDownloads(parts: readonly ImportPart[]): Download[] {
  const found = new Map<string, Download>();
  for (const { repo, commit, files } of parts) {
    for (const file of files) found.set(`${repo}\0${commit}\0${file.path}`, { repo, commit, file });
  }
  return [...found.values()].sort((a, b) => a.file.size - b.file.size);
}

function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toPrecision(3)} GB`;
}
