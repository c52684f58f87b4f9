import { spawn } from 'node:child_process';
import { throwIfCancelled, type Task } from '../task.ts';
import { ANSWER, type ProbeAnswer } from './probe-provider.ts';

/** How to start a process that calls `answerProbe(provider)`. */
export interface ProbeCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

/** How a probe's process ended, and the last that it wrote on stderr. */
export interface ProbeResult {
  readonly outcome:
    | { readonly kind: 'answer'; readonly answer: ProbeAnswer }
    | { readonly kind: 'timeout' }
    | { readonly kind: 'crash'; readonly how: string };
  readonly log: string;
}

/** Enough of stderr for the messages of one failure. */
const LOG_LIMIT = 16384;

const GRACE_MS = 1000;

/**
 * Runs one probe in a process of its own, as a broken driver can take the process down or never return. It is killed
 * once it has answered: tearing a provider down is where drivers hang.
 */
export async function runProbe(command: ProbeCommand, timeoutMs: number, task?: Task): Promise<ProbeResult> {
  throwIfCancelled(task);
  const result = await watch(command, timeoutMs, task?.signal);
  throwIfCancelled(task);
  return result;
}

function watch({ command, args, env }: ProbeCommand, timeoutMs: number, signal?: AbortSignal): Promise<ProbeResult> {
  return new Promise(resolve => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      windowsHide: true,
      ...(env === undefined ? {} : { env }),
    });
    let [output, log] = ['', ''];
    let outcome: ProbeResult['outcome'] | undefined;
    const stop = (result: ProbeResult['outcome'] | undefined): void => {
      outcome ??= result;
      child.kill('SIGKILL');
      // A process that it started may hold the pipes open.
      setTimeout(() => [child.stdout, child.stderr].forEach(pipe => pipe.destroy()), GRACE_MS).unref();
    };
    const cancel = (): void => stop(undefined);
    const timer = setTimeout(() => stop({ kind: 'timeout' }), timeoutMs);
    signal?.addEventListener('abort', cancel);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      const answer = answerIn(output);
      if (answer !== undefined) stop({ kind: 'answer', answer });
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (log = (log + text).slice(-LOG_LIMIT)));
    child.on('error', cause => (outcome ??= { kind: 'crash', how: `cannot be started: ${cause.message}` }));
    child.on('close', (code, killedBy) => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', cancel);
      const how = killedBy === null ? `ended with exit code ${code ?? '?'}` : `crashed (${killedBy})`;
      resolve({ outcome: outcome ?? { kind: 'crash', how }, log: plainText(log) });
    });
  });
}

/** The answer, once its line is complete. */
function answerIn(output: string): ProbeAnswer | undefined {
  const line = output.split('\n').slice(0, -1).find(text => text.startsWith(ANSWER)); // prettier-ignore
  if (line === undefined) return undefined;
  try {
    return JSON.parse(line.slice(ANSWER.length)) as ProbeAnswer;
  } catch {
    return undefined;
  }
}

/** Without the colours of a terminal. */
function plainText(log: string): string {
  // eslint forbids control characters in patterns, so the escape is made here.
  return log.replaceAll(new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g'), '');
}
