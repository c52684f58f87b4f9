import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import type { HubSettings } from './environment.ts';
import { bytesOf, send } from './exchange.ts';
import { fileAddress } from './repository-files.ts';
import { persist } from './retries.ts';

export interface RemoteFile {
  readonly repo: string;
  readonly commit: string;
  readonly path: string;
}

/**
 * So many bytes of a file on the hub, from `start` on; nothing is kept. Errors: those of send; `network` for a hub that
 * sends whole files only, which is not waited for.
 */
export async function remoteRange(
  { repo, commit, path }: RemoteFile,
  start: number,
  length: number,
  settings: HubSettings,
  task?: Task,
): Promise<Buffer> {
  const address = fileAddress(repo, commit, path, settings);
  const range = `bytes=${start}-${start + length - 1}`;
  return persist(settings, task, async () => {
    const answer = await send(address, { headers: { range } }, { repo, revision: commit, path }, settings, task);
    if (answer.status === 206 && answer.headers.get('content-range')?.startsWith(`bytes ${start}-`) === true) {
      const bytes = await bytesOf(answer);
      if (bytes.length === length) return bytes;
    } else {
      await answer.end();
    }
    throw new CircuitError(
      'network',
      `The hub does not send bytes ${start} to ${start + length - 1} of ${path} of ${repo}.`,
      'Import the dictionary anew, with its features.',
      { commandLine: 'Fetch the whole of it: circuit model add with --features.' },
    );
  });
}
