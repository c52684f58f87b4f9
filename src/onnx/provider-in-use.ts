import { CircuitError } from '../errors.ts';
import { labelOf } from './provider-messages.ts';
import type { ExecutionProvider } from './types.ts';

/**
 * What computes for the sessions that share it: the provider that was chosen, and from its first failure on (a device
 * that is lost, memory that does not suffice, an operator that fails) the CPU. A device that failed once is not asked
 * again: drivers seldom recover within a process.
 */
export class ProviderInUse {
  #current: ExecutionProvider;
  #notice: string | undefined;
  readonly #tell: (notice: string) => void;

  /** `tell` is called once, with a sentence for the person. */
  constructor(provider: ExecutionProvider, tell: (notice: string) => void = () => undefined) {
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
    this.#tell(this.#notice);
  }
}

/** A run failed whose feeds lie in the memory of the device that failed: what they were made of must be fed anew. */
export class DeviceTensorsLost extends Error {
  override readonly name = 'DeviceTensorsLost';
}

const LONGEST_REASON = 200;

/** ONNX Runtime's sentence without the file of its own and the node that it names first. */
function shortReason(cause: unknown): string {
  const whole = cause instanceof CircuitError || cause instanceof Error ? cause.message : String(cause);
  const last = whole.trim().split('\n')[0].replace(/^.*Status Message: /, '').replace(/\.$/, ''); // prettier-ignore
  return last.length <= LONGEST_REASON ? last : `${last.slice(0, LONGEST_REASON)}…`;
}
