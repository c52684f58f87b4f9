import type { RequestType } from 'vscode-jsonrpc';
import type { EngineErrorData, ModelChoice, ProgressReport, WithProgress } from '../../src/engine/protocol.ts';
import type { Identity } from '../../src/graph/types.ts';
import type { Session } from './session.ts';

/** What the views of investigations need of the rest of the extension; the composition root provides it. */
export interface InvestigationServices {
  readonly engine: Engine;
  readonly log: Log;
  /** The folder of graphs that were traced and not saved yet: `<sha256>.graph.json`, or any name. */
  readonly graphFolder: string;
  /** Where this program's `dist` and `media` are. */
  readonly extensionFolder: string;
  /** How the engine opens a model and dictionary of these identities; undefined: they are not here. Does not start the engine. */
  findModel(model: Identity | undefined, dictionary: Identity | undefined): Promise<ModelChoice | undefined>;
  /** Traces the investigation's prompt for another target, and shows the result. */
  retarget(session: Session, target: string | null): Promise<void>;
  /** Repeats what failed last for this session, if there is something. */
  retry(session: Session): Promise<void>;
}

export interface Engine {
  /** Errors carry `code` and `remedy`. */
  request<Params, Result>(
    type: RequestType<WithProgress<Params>, Result, EngineErrorData>,
    params: Params,
    task?: { readonly signal?: AbortSignal; readonly progress?: (report: ProgressReport) => void },
  ): Promise<Result>;
}

export interface Log {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}
