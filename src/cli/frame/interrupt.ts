import { EXIT } from './exit-codes.ts';

/** Signals that ask the program to stop, with the numbers that exit codes are made of (128 + number). */
const SIGNALS = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** What to end with when the work was cancelled. */
  exitCode(): number;
}

/**
 * The first Ctrl-C cancels the work, which then removes what it has half written; a second one ends the process at
 * once. A reader of stdout that has gone (`| head`) cancels the work too, as nobody would see the rest.
 */
export function listenForInterrupt(say: (line: string) => void): Interrupt {
  const controller = new AbortController();
  let exitCode: number = EXIT.cancelled;
  for (const [name, number] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      exitCode = 128 + number;
      if (controller.signal.aborted) process.exit(exitCode);
      say('Cancelling (once more to end at once) ...');
      controller.abort();
    });
  }
  const onError = (error: NodeJS.ErrnoException): void => {
    if (error.code !== 'EPIPE') throw error;
    exitCode = EXIT.ok;
    controller.abort();
  };
  process.stdout.on('error', onError);
  // A closed stderr takes words only: the work goes on without them.
  process.stderr.on('error', () => undefined);
  return { signal: controller.signal, exitCode: () => exitCode };
}
