import { CircuitError } from '../../errors.ts';
import type { HubSettings } from './environment.ts';
import { failureOfConnection, silent, Transient } from './failures.ts';
import { cancelled } from './retries.ts';

/** Aborts when nothing has happened for too long, or when the task is cancelled. */
export class Watch {
  readonly #controller = new AbortController();
  readonly #silence: number;
  readonly #task: AbortSignal | undefined;
  readonly #onCancel = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #silent = false;

  constructor(silence: number, task: AbortSignal | undefined) {
    this.#silence = silence;
    this.#task = task;
    task?.addEventListener('abort', this.#onCancel);
    if (task?.aborted === true) this.#onCancel();
    this.touch();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  touch(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#silent = true;
      this.#controller.abort();
    }, this.#silence);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#task?.removeEventListener('abort', this.#onCancel);
  }

  failure(cause: unknown, settings: HubSettings, address: string): unknown {
    if (cause instanceof CircuitError || cause instanceof Transient) return cause;
    if (this.#task?.aborted === true) return cancelled();
    return this.#silent ? silent(settings, address) : failureOfConnection(cause, settings, address);
  }
}
