import { EXIT, exitCodeOf } from './exit-codes.ts';
import { explainError } from '../../trace/explain-error.ts';
import { styleFor } from './style.ts';

/** Writes an error to stderr, one sentence and what to do next, and returns the exit code. */
export function reportError(
  error: unknown,
  {
    command,
    debug,
    stderr,
    env,
  }: { command: string; debug: boolean; stderr: NodeJS.WriteStream; env: NodeJS.ProcessEnv },
): number {
  const style = styleFor(stderr, env);
  const head = style.red(`${command}:`);
  const explained = explainError(error);
  if (explained === undefined) {
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    stderr.write(
      `${head} internal error: ${message}\n  This is a bug of the program: please report it with the output of --debug.\n`,
    );
  } else {
    stderr.write(`${head} ${explained.message}\n  ${explained.commandLine}\n`);
  }
  if (debug) stderr.write(`${stackOf(error)}\n`);
  return explained === undefined ? EXIT.internal : exitCodeOf(explained.code);
}

/** The stack, and those of its causes. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}
