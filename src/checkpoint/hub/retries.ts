import { setTimeout as sleep } from 'node:timers/promises';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import type { HubSettings } from './environment.ts';
import { Transient } from './failures.ts';

/** A server that asks for more patience than this is not waited for. */
const LONGEST_WAIT = 5 * 60_000;
const LONGEST_DELAY = 30_000;

/**
 * Does `work` again, after growing pauses, while it throws Transient; at most `settings.attempts` times without
 * progress: `progressed` returns a number that has changed when there was some. Errors: that of the last try.
 */
export async function persist<T>(
  settings: HubSettings,
  task: Task | undefined,
  work: () => Promise<T>,
  progressed: () => number = () => 0,
): Promise<T> {
  let failures = 0;
  for (;;) {
    const before = progressed();
    try {
      if (task?.signal?.aborted === true) throw cancelled();
      return await work();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      failures = progressed() === before ? failures + 1 : 1;
      const delay = Math.min(LONGEST_DELAY, settings.firstDelay * 2 ** (failures - 1));
      const wait = Math.max(delay, error.wait ?? 0);
      if (failures >= settings.attempts || wait > LONGEST_WAIT) throw error.error;
      if (wait >= 1000) task?.progress?.(`waiting ${Math.round(wait / 1000)} s for the hub`, 0, undefined);
      await sleep(wait, undefined, task?.signal === undefined ? {} : { signal: task.signal }).catch(() => {
        throw cancelled();
      });
    }
  }
}

export function cancelled(): CircuitError {
  return new CircuitError(
    'cancelled',
    'The download was cancelled.',
    'What has arrived is kept: run this again, and it goes on there.',
  );
}
