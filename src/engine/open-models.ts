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

/** Hears what is said of execution providers. */
export interface ProviderListener {
  /** Why a model computes with one and with no other, a sentence each. */
  readonly chosen: (notes: readonly string[]) => void;
  /** One failed while it computed. */
  readonly failed: TellFailure;
}

/** The models that were asked for, kept open between requests; the least recently used are closed when not in use. */
export class OpenModels {
  readonly #probe: Omit<ProbeOptions, 'task'>;
  readonly #listener: ProviderListener;
  /** Most recently used last. */
  readonly #entries = new Map<string, Entry>();

  constructor(probe: Omit<ProbeOptions, 'task'>, listener: ProviderListener) {
    this.#probe = probe;
    this.#listener = listener;
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
    const { chosen, failed } = this.#listener;
    return new Lazy(task =>
      OpenModel.open(choice, async checkpoint => {
        const probe = { ...this.#probe, ...(task === undefined ? {} : { task }) };
        const provider = await providerFor(choice, checkpoint, probe, failed);
        chosen(provider.notes);
        return provider;
      }),
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
