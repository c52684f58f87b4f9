import type { Checkpoint } from '../checkpoint/index.ts';
import {
  chooseProvider,
  ProviderInUse,
  type ExecutionProvider,
  type ProbeOptions,
  type ProviderChoice,
  type SessionSettings,
  type TellFailure,
} from '../onnx/index.ts';
import type { ModelChoice } from './protocol.ts';

/** What computes, and why nothing else does. */
export class ChosenProvider {
  readonly settings: SessionSettings;
  readonly #inUse: ProviderInUse;
  readonly #reasons: readonly string[];

  constructor(settings: SessionSettings, inUse: ProviderInUse, reasons: readonly string[]) {
    this.settings = { ...settings, inUse };
    this.#inUse = inUse;
    this.#reasons = reasons;
  }

  get provider(): ExecutionProvider {
    return this.#inUse.current;
  }

  /** That the chosen one failed, once it has. */
  get notice(): string | undefined {
    return this.#inUse.notice;
  }

  /** A sentence each: why it was chosen, why each of the others was not, and what happened to it. */
  get notes(): readonly string[] {
    return this.notice === undefined ? this.#reasons : [this.notice, ...this.#reasons];
  }
}

/** Below this no other provider is faster than the CPU, and trying them takes longer than the work. */
const SMALL_MODEL_BYTES = 256 * 2 ** 20;

/** `tell` gets the notice of a provider that fails while it computes. Errors: `provider`, `usage` for one that was asked for by name. */
export async function providerFor(
  { provider = 'auto', threads }: ModelChoice,
  checkpoint: Pick<Checkpoint, 'totalBytes'>,
  probe: ProbeOptions,
  tell?: TellFailure,
): Promise<ChosenProvider> {
  const { provider: chosen, reasons } = await choose(provider, checkpoint, probe);
  return new ChosenProvider(threads === undefined ? {} : { threads }, new ProviderInUse(chosen, tell), reasons);
}

async function choose(
  requested: string,
  { totalBytes }: Pick<Checkpoint, 'totalBytes'>,
  probe: ProbeOptions,
): Promise<{ readonly provider: ExecutionProvider; readonly reasons: readonly string[] }> {
  if (requested === 'cpu') return { provider: 'cpu', reasons: [] };
  if (requested === 'auto' && totalBytes < SMALL_MODEL_BYTES) {
    const megabytes = SMALL_MODEL_BYTES / 2 ** 20;
    return {
      provider: 'cpu',
      reasons: [`auto takes the CPU: the model is small (under ${megabytes} MB), and nothing runs it faster.`],
    };
  }
  return reasonsOf(await chooseProvider(requested, probe));
}

function reasonsOf({ provider, reason, report }: ProviderChoice) {
  const others = report.filter(entry => entry.provider !== provider);
  const sentences = others.map(({ works, reason: own, remedy }) =>
    works || remedy === undefined ? own : `${own} ${remedy}`,
  );
  return { provider, reasons: [reason, ...sentences] };
}
