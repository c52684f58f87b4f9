import { createInterface } from 'node:readline/promises';
import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';

/** Whether somebody can be asked. */
export function isInteractive(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Asks on the terminal; words go to stderr. Errors: `cancelled`. */
export async function ask(question: string, task: Task): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return (await lines.question(question, task.signal === undefined ? {} : { signal: task.signal })).trim();
  } catch (cause) {
    throw new CircuitError('cancelled', 'Nothing was answered.', 'Nothing was fetched.', { cause });
  } finally {
    lines.close();
  }
}

/** Errors: `cancelled` for any answer but yes. */
export async function confirm(question: string, task: Task): Promise<void> {
  if (/^y(?:es)?$/i.test(await ask(`${question} [y/N] `, task))) return;
  throw new CircuitError('cancelled', 'Nothing was fetched.', 'Answer y, or give --yes.');
}
