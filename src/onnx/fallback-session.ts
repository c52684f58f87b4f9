import type { OnnxModel } from './model-proto.ts';
import { DeviceTensorsLost, type ProviderInUse } from './provider-in-use.ts';
import { isOnDevice, type OnnxSession, type SessionSettings, type Tensors } from './session.ts';
import type { ExecutionProvider } from './types.ts';

/** Makes a session on one provider. */
export type SessionOpener = (
  model: OnnxModel,
  provider: ExecutionProvider,
  settings: SessionSettings,
) => Promise<OnnxSession>;

const LOST = 'the device that held the feeds has failed';

/**
 * A session that computes where `inUse` says. What fails there is done again on the CPU: if it fails there too, the
 * provider was not to blame and the CPU's error is thrown; otherwise `inUse` gives the provider up. Feeds that lie on a
 * device that failed are gone: DeviceTensorsLost, after which whoever made them begins anew.
 */
export class FallbackSession implements OnnxSession {
  readonly #model: OnnxModel;
  readonly #settings: SessionSettings;
  readonly #inUse: ProviderInUse;
  readonly #open: SessionOpener;
  #session: OnnxSession;
  #provider: ExecutionProvider;
  #disposed = false;

  static async create(
    model: OnnxModel,
    settings: SessionSettings,
    inUse: ProviderInUse,
    open: SessionOpener,
  ): Promise<FallbackSession> {
    const provider = inUse.current;
    if (provider !== 'cpu') {
      try {
        return new FallbackSession(model, settings, inUse, open, provider, await open(model, provider, settings));
      } catch (cause) {
        const session = await open(model, 'cpu', settings);
        inUse.giveUp(cause);
        return new FallbackSession(model, settings, inUse, open, 'cpu', session);
      }
    }
    return new FallbackSession(model, settings, inUse, open, 'cpu', await open(model, 'cpu', settings));
  }

  private constructor(
    model: OnnxModel,
    settings: SessionSettings,
    inUse: ProviderInUse,
    open: SessionOpener,
    provider: ExecutionProvider,
    session: OnnxSession,
  ) {
    this.#model = model;
    this.#settings = settings;
    this.#inUse = inUse;
    this.#open = open;
    this.#provider = provider;
    this.#session = session;
  }

  async run(feeds: Tensors, into?: Tensors): Promise<Tensors> {
    if (this.#disposed) throw new TypeError('the session has been disposed of');
    const fedFromDevice = Object.values(feeds).some(isOnDevice);
    if (this.#provider !== this.#inUse.current) {
      await this.#replace(await this.#open(this.#model, 'cpu', this.#settings));
    }
    // The CPU would take a device's memory for numbers.
    if (this.#provider === 'cpu' && fedFromDevice) throw new DeviceTensorsLost(LOST);
    try {
      return await this.#session.run(feeds, into);
    } catch (cause) {
      if (this.#provider === 'cpu') throw cause;
      if (fedFromDevice) {
        this.#inUse.giveUp(cause);
        throw new DeviceTensorsLost(LOST, { cause });
      }
      const session = await this.#open(this.#model, 'cpu', this.#settings);
      const outputs = await session.run(feeds, into).catch(async (error: unknown) => {
        await session.dispose();
        throw error;
      });
      this.#inUse.giveUp(cause);
      await this.#replace(session);
      return outputs;
    }
  }

  dispose(): Promise<void> {
    this.#disposed = true;
    return this.#session.dispose();
  }

  async #replace(session: OnnxSession): Promise<void> {
    const failed = this.#session;
    this.#session = session;
    this.#provider = 'cpu';
    // A device that was lost may refuse this too; its memory is gone either way.
    await failed.dispose().catch(() => undefined);
  }
}
