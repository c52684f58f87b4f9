import type { Checkpoint } from '../checkpoint/index.ts';
import { chooseProvider, type ExecutionProvider, type ProbeOptions, type SessionSettings } from '../onnx/index.ts';
import type { ModelChoice } from './protocol.ts';

/** What computes, and why nothing else does. */
export interface ChosenProvider {
  readonly provider: ExecutionProvider;
  readonly settings: SessionSettings;
  readonly notes: readonly string[];
}

/** Below this no other provider is faster than the CPU, and trying them takes longer than the work. */
const SMALL_MODEL_BYTES = 256 * 2 ** 20;

/** Errors: `provider`, `usage` for one that was asked for by name. */
export async function providerFor(
  { provider = 'auto', threads }: ModelChoice,
  checkpoint: Pick<Checkpoint, 'totalBytes'>,
  probe: ProbeOptions,
): Promise<ChosenProvider> {
  const { provider: chosen, notes } = await choose(provider, checkpoint, probe);
  return { provider: chosen, notes, settings: { provider: chosen, ...(threads === undefined ? {} : { threads }) } };
}

async function choose(
  requested: string,
  { totalBytes }: Pick<Checkpoint, 'totalBytes'>,
  probe: ProbeOptions,
): Promise<Pick<ChosenProvider, 'provider' | 'notes'>> {
  if (requested === 'cpu') return { provider: 'cpu', notes: [] };
  if (requested === 'auto' && totalBytes < SMALL_MODEL_BYTES) {
    return { provider: 'cpu', notes: ['The model is small: nothing runs it faster than the CPU.'] };
  }
  const { provider, report } = await chooseProvider(requested, probe);
  return { provider, notes: report.filter(entry => entry.provider !== provider).map(({ reason }) => reason) };
}
