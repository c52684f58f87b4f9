import { fork, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import {
  createMessageConnection,
  IPCMessageReader,
  IPCMessageWriter,
  type MessageConnection,
} from 'vscode-jsonrpc/node';
import { NODE_COMMAND_OPTIONS } from '../../src/engine/heap-options.ts';
import { progress, shutDown, type ProgressReport } from '../../src/engine/protocol.ts';
import { l10n } from '../common/texts.ts';

/** What the engine's process says besides its answers. */
export interface EngineLog {
  info(line: string): void;
  warn(line: string): void;
}

/** A little time to end by itself before it is killed. */
const GRACE_MS = 2000;
/** Last lines of stderr among which the reason of an end is looked for. */
const LAST_WORDS = 40;

/** One run of the engine's process. */
export class EngineProcess {
  readonly connection: MessageConnection;
  /** Resolves when the process has ended, with how. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #listeners = new Map<string | number, (report: ProgressReport) => void>();
  readonly #lastWords: string[] = [];

  constructor(entry: string, log: EngineLog) {
    const child = fork(entry, [], {
      serialization: 'advanced',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      // Flags of the extension host, such as a debugger's port, are not the engine's.
      execArgv: [...NODE_COMMAND_OPTIONS],
      // In the desktop editor node is Electron, and needs to be told.
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    });
    this.#child = child;
    log.info(`Engine started (process ${child.pid ?? '?'}).`);
    createInterface({ input: child.stdout! }).on('line', line => log.info(line));
    createInterface({ input: child.stderr! }).on('line', line => {
      log.warn(line);
      this.#lastWords.push(line);
      if (this.#lastWords.length > LAST_WORDS) this.#lastWords.shift();
    });
    this.ended = new Promise(resolve => {
      child.on('error', error => resolve(l10n.t('could not be started: {0}', error.message)));
      // `exit` and not `close`: a grandchild may hold the pipes.
      child.on('exit', (code, signal) =>
        resolve(signal === null ? l10n.t('ended with code {0}', code ?? '?') : l10n.t('ended by {0}', signal)),
      );
    });
    this.connection = createMessageConnection(new IPCMessageReader(child), new IPCMessageWriter(child));
    this.connection.onNotification(progress, report => this.#listeners.get(report.token)?.(report));
    // Told through `ended`.
    this.connection.onError(() => undefined);
    this.connection.listen();
    void this.ended.then(how => {
      log.info(`Engine ${how}.`);
      this.connection.dispose();
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** The line of stderr that says best why the process ended: the error's, else the last one. */
  get lastWords(): string {
    return (
      this.#lastWords.findLast(line => /^\w*Error\b|^Error:|fatal/i.test(line)) ??
      this.#lastWords.at(-1) ??
      ''
    ).trim();
  }

  /** Calls `listener` with the reports of the request that carries `token`, until told to stop. */
  listen(token: string | number, listener: (report: ProgressReport) => void): () => void {
    this.#listeners.set(token, listener);
    return () => void this.#listeners.delete(token);
  }

  /** Asks the process to end, and kills it if it does not. */
  async stop(): Promise<void> {
    void this.connection.sendNotification(shutDown, null).catch(() => undefined);
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
