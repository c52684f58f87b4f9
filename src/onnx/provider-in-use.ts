import { labelOf } from './provider-messages.ts';
import type { ExecutionProvider } from './types.ts';

/** Is told once: `notice` is for the person, `detail` what the provider threw. */
export type TellFailure = (notice: string, detail: string) => void;

/**
 * What computes for the sessions that share it: the provider that was chosen, and from its first failure on (a device
 * that is lost, memory that does not suffice, an operator that fails) the CPU. A device that failed once is not asked
 * again: drivers seldom recover within a process.
 */
export class ProviderInUse {
  #current: ExecutionProvider;
  #notice: string | undefined;
  readonly #tell: TellFailure;

  constructor(provider: ExecutionProvider, tell: TellFailure = () => undefined) {
    this.#current = provider;
    this.#tell = tell;
  }

  get current(): ExecutionProvider {
    return this.#current;
  }

  /** What was told: undefined as long as nothing failed. */
  get notice(): string | undefined {
    return this.#notice;
  }

  /** From now on the CPU computes. */
  giveUp(cause: unknown): void {
    if (this.#current === 'cpu') return;
    const label = labelOf(this.#current);
    this.#current = 'cpu';
    this.#notice = `${label} failed while it was computing (${shortReason(cause)}). The CPU goes on in its place: the result is the same, only later. If it happens again, update the graphics driver or choose the provider cpu.`;
    this.#tell(this.#notice, messageOf(cause));
  }
}

/** A run failed whose feeds lie in the memory of the device that failed: what they were made of must be fed anew. */
export class DeviceTensorsLost extends Error {
  override readonly name = 'DeviceTensorsLost';
}

const LONGEST_REASON = 200;

/** What drivers report through ONNX Runtime, in plain words; else its own sentence without its files and functions. */
function shortReason(cause: unknown): string {
  const whole = messageOf(cause);
  if (/\b(is|was) lost\b|device[ _]?lost|device removed|887A000[567]/i.test(whole))
    return 'the graphics device was lost';
  if (/out[ _]of[ _](device[ _])?memory|failed to allocate/i.test(whole)) return 'its memory does not suffice';
  if (/buffer.*invalid due to a previous error/i.test(whole)) return 'it could not make or fill a buffer';
  const own = whole.replace(/^.*(Status Message|message): /s, '').trim().split('\n')[0].replace(/\.$/, ''); // prettier-ignore
  return own.length <= LONGEST_REASON ? own : `${own.slice(0, LONGEST_REASON)}…`;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
