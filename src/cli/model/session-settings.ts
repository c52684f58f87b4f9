import { chooseProvider, type ExecutionProvider, type ProbeOptions, type SessionSettings } from '../../onnx/index.ts';
import type { Task } from '../../task.ts';
import type { PROVIDERS } from './model-options.ts';

interface Given {
  readonly provider: (typeof PROVIDERS)[number];
  readonly threads: number | undefined;
}

/** What sessions are made with. Errors: `provider` saying why the one that was asked for does not run. */
export async function sessionSettings(
  { provider, threads }: Given,
  task?: Task,
): Promise<SessionSettings & { readonly provider: ExecutionProvider }> {
  // The CPU always runs, and small models run nowhere faster: others are tried only when asked for.
  const chosen = provider === 'cpu' ? provider : (await chooseProvider(provider, probeOptions(task))).provider;
  return { provider: chosen, ...(threads === undefined ? {} : { threads }) };
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
