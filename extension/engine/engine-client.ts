import { CancellationTokenSource, ResponseError, type RequestType } from 'vscode-jsonrpc/node';
import type { EngineErrorData, ProgressReport, WithProgress } from '../../src/engine/protocol.ts';
import { l10n } from '../common/texts.ts';
import { cancellation, EngineError } from './engine-error.ts';
import { EngineProcess, type EngineLog } from './engine-process.ts';

export interface RequestTask {
  readonly signal?: AbortSignal;
  readonly progress?: (report: ProgressReport) => void;
}

export interface EngineClientOptions {
  /** The bundle of src/engine/main.ts. */
  readonly entry: string;
  readonly log: EngineLog;
  /** After so long without requests the process ends, which frees its memory; 0: never. Asked anew each time. */
  readonly idleMinutes: () => number;
}

/** What the status bar shows. */
export interface EngineState {
  readonly running: boolean;
  readonly requests: number;
}

/**
 * The engine's child process as a service: started by the first request, ended when idle, started again after a crash by
 * the next request. Requests that run while it goes away are rejected, none is repeated by itself.
 */
export class EngineClient {
  readonly #options: EngineClientOptions;
  readonly #watchers = new Set<(state: EngineState) => void>();
  #process: EngineProcess | undefined;
  #requests = 0;
  #nextToken = 1;
  #idleTimer: NodeJS.Timeout | undefined;

  constructor(options: EngineClientOptions) {
    this.#options = options;
  }

  get state(): EngineState {
    return { running: this.#process !== undefined, requests: this.#requests };
  }

  /** The number of the running process, for the log and for tests. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Calls `watcher` at every change of state until told to stop. */
  watch(watcher: (state: EngineState) => void): () => void {
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  /** Errors: EngineError, `cancelled` when the signal was aborted, `ended` when the process went away. */
  async request<Params, Result>(
    type: RequestType<WithProgress<Params>, Result, EngineErrorData>,
    params: Params,
    { signal, progress }: RequestTask = {},
  ): Promise<Result> {
    if (signal?.aborted === true) throw cancellation();
    if (this.#process === undefined) progress?.({ token: 0, stage: 'start', done: 0, total: null });
    const engine = this.#running();
    const source = new CancellationTokenSource();
    const cancel = (): void => source.cancel();
    signal?.addEventListener('abort', cancel);
    const progressToken = this.#nextToken++;
    const silence = progress === undefined ? undefined : engine.listen(progressToken, progress);
    this.#count(1);
    try {
      const asked = progress === undefined ? params : { ...params, progressToken };
      const answer = engine.connection.sendRequest<Result>(type.method, asked, source.token);
      const gone = engine.ended.then(how => {
        throw ended(how, engine.lastWords);
      });
      // The connection rejects too when it closes; who is told first does not matter.
      answer.catch(() => undefined);
      gone.catch(() => undefined);
      return await Promise.race([answer, gone]);
    } catch (error) {
      throw await explained(error, engine);
    } finally {
      silence?.();
      signal?.removeEventListener('abort', cancel);
      source.dispose();
      this.#count(-1);
    }
  }

  /** Ends the process; running requests are rejected, the next one starts a new process. */
  async restart(): Promise<void> {
    const engine = this.#process;
    this.#forget(engine);
    await engine?.stop();
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#idleTimer);
    this.#watchers.clear();
    await this.restart();
  }

  #running(): EngineProcess {
    clearTimeout(this.#idleTimer);
    if (this.#process !== undefined) return this.#process;
    const engine = new EngineProcess(this.#options.entry, this.#options.log);
    this.#process = engine;
    void engine.ended.then(() => this.#forget(engine));
    this.#tell();
    return engine;
  }

  #forget(engine: EngineProcess | undefined): void {
    if (engine === undefined || this.#process !== engine) return;
    this.#process = undefined;
    this.#tell();
  }

  #count(change: 1 | -1): void {
    this.#requests += change;
    this.#tell();
    clearTimeout(this.#idleTimer);
    const minutes = this.#options.idleMinutes();
    if (this.#requests > 0 || minutes === 0 || this.#process === undefined) return;
    this.#idleTimer = setTimeout(() => void this.restart(), minutes * 60_000);
    this.#idleTimer.unref();
  }

  #tell(): void {
    for (const watcher of this.#watchers) watcher(this.state);
  }
}

/** Between a connection's end and its process' end. */
const CLOSING_MS = 1000;

function ended(how: string, lastWords: string): EngineError {
  const said = lastWords === '' ? '' : ` ${l10n.t('Its last words: {0}', lastWords)}`;
  return new EngineError(
    'ended',
    `${l10n.t("The engine's process {0} while it was working.", how)}${said}`,
    l10n.t('Try again: it starts anew. Nothing that you saved is lost; the log says more.'),
  );
}

async function explained(error: unknown, engine: EngineProcess): Promise<unknown> {
  if (error instanceof EngineError) return error;
  if (error instanceof ResponseError && isErrorData(error.data)) {
    return new EngineError(error.data.code, error.message, error.data.remedy);
  }
  // The connection was closed: how the process ended is known in a moment.
  const how = await Promise.race([
    engine.ended,
    new Promise<undefined>(resolve => setTimeout(() => resolve(undefined), CLOSING_MS)),
  ]);
  if (how !== undefined) return ended(how, engine.lastWords);
  return error;
}

function isErrorData(data: unknown): data is EngineErrorData {
  return typeof data === 'object' && data !== null && 'code' in data && 'remedy' in data;
}
