import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import { cachePlace, nameContent, presence, type CachePlace } from './cache-writer.ts';
import type { HubSettings } from './environment.ts';
import { send, type Answer } from './exchange.ts';
import { Transient } from './failures.ts';
import { withLock } from './lock.ts';
import { PartialFile, writeError } from './partial-file.ts';
import { fileAddress, type HubFile } from './repository-files.ts';
import { persist } from './retries.ts';

/** Downloads whose bytes do not have the checksum that the hub lists are tried once more from the start. */
const CHECKSUM_TRIES = 2;

export interface Download {
  readonly repo: string;
  readonly commit: string;
  readonly file: HubFile;
}

/**
 * Brings one file into the cache and returns its path there. What an earlier run left is continued by a range request;
 * cut connections and busy servers are tried again; the checksum is compared before the file gets its name. `arrived`
 * is told by how much the bytes on the disk have grown (or shrunk, where a download starts anew). Errors: `cancelled`,
 * `network`, `hub-access`, `hub-missing`, `file-damaged` (checksum), `disk-full`, `file-write`.
 */
export async function downloadFile(
  download: Download,
  settings: HubSettings,
  task?: Task,
  arrived: (bytes: number) => void = () => undefined,
): Promise<string> {
  const { repo, commit, file } = download;
  const place = cachePlace(settings.cache, repo, commit, file);
  await withLock(place.lock, task, async () => {
    const found = await presence(place, file.size);
    if (found === 'none') await fetchContent(download, place, settings, task, arrived);
    else arrived(file.size);
    if (found !== 'file') await nameContent(place, settings.links);
  });
  return place.file;
}

async function fetchContent(
  download: Download,
  { blob, incomplete }: CachePlace,
  settings: HubSettings,
  task: Task | undefined,
  arrived: (bytes: number) => void,
): Promise<void> {
  const { file } = download;
  await mkdir(dirname(blob), { recursive: true }).catch((cause: unknown) => {
    throw writeError(dirname(blob), cause);
  });
  const partial = await PartialFile.open(incomplete, file, task);
  arrived(partial.length);
  try {
    for (let tries = 1; ; tries++) {
      await receive(download, partial, settings, task, arrived);
      const digest = partial.digest();
      if (digest === file.checksum.hash) break;
      arrived(-partial.length);
      await partial.restart();
      if (tries === CHECKSUM_TRIES) throw wrongChecksum(download, digest);
    }
    await partial.flush();
  } catch (error) {
    await partial.close();
    // Nothing of it is right: the next run shall not continue it.
    if (error instanceof CircuitError && error.code === 'file-damaged') await rm(incomplete, { force: true });
    throw error;
  }
  await partial.close();
  await rename(incomplete, blob).catch((cause: unknown) => {
    throw writeError(blob, cause);
  });
}

/** Appends what is missing, over as many connections as it takes. */
async function receive(
  { repo, commit, file }: Download,
  partial: PartialFile,
  settings: HubSettings,
  task: Task | undefined,
  arrived: (bytes: number) => void,
): Promise<void> {
  const address = fileAddress(repo, commit, file.path, settings);
  const subject = { repo, revision: commit, path: file.path };
  const restart = async (): Promise<void> => {
    arrived(-partial.length);
    await partial.restart();
  };
  let validator: string | null = null;
  const connect = async (): Promise<void> => {
    if (partial.isWhole) return;
    const from = partial.length;
    const range = from === 0 ? {} : { range: `bytes=${from}-` };
    const answer = await send(address, { headers: range }, subject, settings, task);
    try {
      checkIdentity(answer, file, repo);
      const etag = answer.headers.get('etag');
      const changed = validator !== null && etag !== null && validator !== etag;
      validator = etag;
      const continues = answer.status === 206 && startOf(answer) === from && !changed;
      if (from > 0 && !continues) {
        await restart();
        // A server that ignores ranges sends the whole file, which is taken from its start. Anything else is of no use.
        if (answer.status !== 200) throw new Transient(unusable(file, repo));
      }
      for await (const chunk of answer.chunks) {
        await partial.append(chunk);
        arrived(chunk.length);
      }
    } catch (error) {
      // The other end was reached: what is to be said is how far it came.
      throw error instanceof Transient && partial.length > 0
        ? new Transient(cutShort(file, repo, partial.length), error.wait)
        : error;
    } finally {
      await answer.end();
    }
    if (!partial.isWhole) throw new Transient(cutShort(file, repo, partial.length));
  };
  while (!partial.isWhole) await persist(settings, task, connect, () => partial.length);
}

/** Errors: `file-damaged` where the hub says that the file is another one by now than it listed. */
function checkIdentity({ hubHeaders }: Answer, { path, checksum }: HubFile, repo: string): void {
  const etag = (hubHeaders.get('x-linked-etag') ?? hubHeaders.get('etag') ?? '')
    .replace(/^W\//, '')
    .replaceAll('"', '');
  // Mirrors may send etags of another kind.
  if (!/^[0-9a-f]+$/.test(etag) || etag.length !== checksum.hash.length || etag === checksum.hash) return;
  throw new CircuitError(
    'file-damaged',
    `${path} of ${repo} has changed on the hub since it was listed.`,
    'Run this again to get the present one.',
  );
}

/** The first byte of a partial answer (`Content-Range: bytes 5-9/10`). */
function startOf({ headers }: Answer): number | undefined {
  const start = /^bytes (\d+)-/.exec(headers.get('content-range') ?? '')?.[1];
  return start === undefined ? undefined : Number(start);
}

function wrongChecksum({ repo, file: { path, checksum } }: Download, digest: string): CircuitError {
  return new CircuitError(
    'file-damaged',
    `${path} of ${repo} arrived ${CHECKSUM_TRIES} times with the checksum ${digest.slice(0, 12)}… instead of ${checksum.hash.slice(0, 12)}… (${checksum.algorithm}).`,
    'Something between here and the hub changes it: try later, or over another network.',
  );
}

function cutShort({ path, size }: HubFile, repo: string, length: number): CircuitError {
  return new CircuitError(
    'network',
    `The connection was cut after ${length} of ${size} bytes of ${path} of ${repo}.`,
    'Run this again: it goes on where it stopped.',
  );
}

function unusable({ path }: HubFile, repo: string): CircuitError {
  return new CircuitError(
    'network',
    `The hub does not send the rest of ${path} of ${repo} that was asked for.`,
    'Run this again: it starts that file anew.',
  );
}
