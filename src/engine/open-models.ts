import type { ProbeOptions, TellFailure } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { Lazy } from './lazy.ts';
import { OpenModel } from './open-model.ts';
import { providerFor } from './provider.ts';
import type { ModelChoice } from './protocol.ts';

/** Models that stay open: the one in use and the one before it. */
const MOST_OPEN = 2;

interface Entry {
  readonly model: Lazy<OpenModel>;
  users: number;
}

/** The models that were asked for, kept open between requests; the least recently used are closed when not in use. */
export class OpenModels {
  readonly #probe: Omit<ProbeOptions, 'task'>;
  readonly #tell: TellFailure;
  /** Most recently used last. */
  readonly #entries = new Map<string, Entry>();

  /** `tell` hears of an execution provider that fails while it computes. */
  constructor(probe: Omit<ProbeOptions, 'task'>, tell: TellFailure) {
    this.#probe = probe;
    this.#tell = tell;
  }

  /** Runs `work` with the model of `choice`, which stays open at least until it ends. */
  async use<Result>(choice: ModelChoice, task: Task, work: (model: OpenModel) => Promise<Result>): Promise<Result> {
    const { model, dictionary, provider, threads } = choice;
    const key = JSON.stringify([model, dictionary, provider, threads]);
    const entry = this.#entries.get(key) ?? { model: this.#opening(choice), users: 0 };
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    entry.users++;
    try {
      return await work(await entry.model.get(task));
    } finally {
      entry.users--;
      await this.#closeOld();
    }
  }

  #opening(choice: ModelChoice): Lazy<OpenModel> {
    return new Lazy(task =>
      OpenModel.open(choice, checkpoint =>
        providerFor(choice, checkpoint, { ...this.#probe, ...(task === undefined ? {} : { task }) }, this.#tell),
      ),
    );
  }

  async #closeOld(): Promise<void> {
    for (const [key, { model, users }] of this.#entries) {
      if (this.#entries.size <= MOST_OPEN) return;
      if (users > 0) continue;
      this.#entries.delete(key);
      await (await model.take())?.dispose();
    }
  }
}
