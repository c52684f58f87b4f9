import { spawn } from 'node:child_process';
import { mkdir, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Task } from '../../task.ts';
import { writeError } from './partial-file.ts';
import { cancelled } from './retries.ts';

/** Who holds a lock says so this often, in milliseconds, and is taken for dead after so many silent ones. */
const HEARTBEAT = 10_000;
const DEAD_AFTER = 60_000;
const LOOK_EVERY = 250;
/** Of util-linux and busybox. */
const FLOCK = 'flock';

const held = new Map<string, Promise<unknown>>();

/**
 * Runs `work` while no other program that keeps to the lock `path` downloads the same file. Python's huggingface_hub
 * locks with flock, which Node lacks: the program `flock` holds it for us where there is one (Linux). Elsewhere a file
 * beside the lock keeps out other processes of this program. Errors: `cancelled` while waiting, `file-write`.
 */
export async function withLock<T>(path: string, task: Task | undefined, work: () => Promise<T>): Promise<T> {
  const before = held.get(path) ?? Promise.resolve();
  const turn = before.then(() => lockedByProcess(path, task, work));
  const settled = turn.catch(() => undefined);
  held.set(path, settled);
  try {
    return await turn;
  } finally {
    if (held.get(path) === settled) held.delete(path);
  }
}

async function lockedByProcess<T>(path: string, task: Task | undefined, work: () => Promise<T>): Promise<T> {
  if (task?.signal?.aborted === true) throw cancelled();
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw writeError(dirname(path), cause);
  });
  const release = (await flock(path, task)) ?? (await ownerFile(`${path}.owner`, task));
  try {
    return await work();
  } finally {
    await release();
  }
}

type Release = () => Promise<void>;

/** Undefined where there is no program `flock`, or the file system has no such locks. */
async function flock(path: string, task: Task | undefined): Promise<Release | undefined> {
  // cat sends back what it gets as soon as flock starts it, and ends when its input does, at the latest with this
  // process. Detached: Ctrl-C on a terminal reaches all processes of a group, and the lock is to outlive it for a moment.
  const child = spawn(FLOCK, [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'], detached: true });
  const closed = new Promise<void>(resolve => {
    child.once('error', () => resolve());
    child.once('close', () => resolve());
  });
  const end = async (): Promise<void> => {
    child.stdin.end();
    await closed;
  };
  const waiting = setTimeout(() => task?.progress?.('waiting for another download of the file', 0, undefined), 1000);
  const onCancel = (): void => {
    // flock alone would leave a cat that has just begun, and with it the lock.
    child.stdin.end();
    child.kill();
  };
  task?.signal?.addEventListener('abort', onCancel);
  try {
    child.stdin.on('error', () => undefined);
    const echo = new Promise<true>(resolve => child.stdout.once('data', () => resolve(true)));
    child.stdin.write('.');
    if ((await Promise.race([echo, closed.then(() => false)])) && task?.signal?.aborted !== true) return end;
  } finally {
    clearTimeout(waiting);
    task?.signal?.removeEventListener('abort', onCancel);
  }
  await end();
  if (task?.signal?.aborted === true) throw cancelled();
  return undefined;
}

/** A file that only one process can make; it names the process, so that one that died does not lock for ever. */
export async function ownerFile(path: string, task: Task | undefined): Promise<Release> {
  const owner = JSON.stringify({ pid: process.pid, host: hostname() });
  for (;;) {
    if (task?.signal?.aborted === true) throw cancelled();
    try {
      const handle = await open(path, 'wx');
      await handle.writeFile(owner).finally(() => handle.close());
      break;
    } catch (cause) {
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw writeError(path, cause);
    }
    if (await isAbandoned(path)) {
      // Renamed before it is removed: of two that find it abandoned, one succeeds.
      const grave = `${path}.${process.pid}`;
      await rename(path, grave).then(
        () => rm(grave, { force: true }),
        () => undefined,
      );
      continue;
    }
    task?.progress?.('waiting for another download of the file', 0, undefined);
    await sleep(LOOK_EVERY);
  }
  const beat = setInterval(() => {
    utimes(path, new Date(), new Date()).catch(() => undefined);
  }, HEARTBEAT);
  return async () => {
    clearInterval(beat);
    await rm(path, { force: true });
  };
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - mtimeMs > DEAD_AFTER) return true;
    // Just made: its owner has not written its name yet.
    if (text === '') return false;
    const { pid, host } = JSON.parse(text) as { pid?: unknown; host?: unknown };
    return host === hostname() && typeof pid === 'number' && !isRunning(pid);
  } catch {
    // Gone, or half-written: look again.
    return false;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
