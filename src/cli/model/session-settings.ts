import {
  chooseProvider,
  ProviderInUse,
  type ExecutionProvider,
  type ProbeOptions,
  type SessionSettings,
} from '../../onnx/index.ts';
import type { Task } from '../../task.ts';
import type { Output } from '../frame/output.ts';
import type { PROVIDERS } from './model-options.ts';

interface Given {
  readonly provider: (typeof PROVIDERS)[number];
  readonly threads: number | undefined;
}

/** What sessions are made with, and what computes at the time it is asked. */
export type ProviderSettings = SessionSettings & { readonly provider: ExecutionProvider };

/**
 * Chooses the provider, says why, and warns if it fails while it computes, when the CPU goes on. Errors: `provider`
 * saying why the one that was asked for does not run.
 */
export async function sessionSettings(
  { provider, threads }: Given,
  output: Output,
  task?: Task,
): Promise<ProviderSettings> {
  const inUse = new ProviderInUse(await chosen(provider, output, task), notice => output.warn(notice));
  return {
    inUse,
    get provider() {
      return inUse.current;
    },
    ...(threads === undefined ? {} : { threads }),
  };
}

async function chosen(requested: Given['provider'], output: Output, task?: Task): Promise<ExecutionProvider> {
  // The CPU always runs, and small models run nowhere faster: others are tried only when asked for.
  if (requested === 'cpu') return requested;
  const { provider, reason } = await chooseProvider(requested, probeOptions(task));
  output.say(reason);
  return provider;
}

/** Providers are tried in a process of their own: this program with the hidden command `__probe-provider`. */
export function probeOptions(task?: Task): ProbeOptions {
  return {
    startProbe: provider => ({
      command: process.execPath,
      args: [...process.execArgv, process.argv[1], '__probe-provider', provider],
    }),
    ...(task === undefined ? {} : { task }),
  };
}
