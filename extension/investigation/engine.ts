import type { RequestType } from 'vscode-jsonrpc';
import type { EngineErrorData, ModelChoice, ProgressReport, WithProgress } from '../../src/engine/protocol.ts';
import type { Identity } from '../../src/graph/types.ts';

/** The engine's client, as far as views need it. */
export interface Engine {
  /** Errors carry `code` and `remedy`. */
  request<Params, Result>(
    type: RequestType<WithProgress<Params>, Result, EngineErrorData>,
    params: Params,
    task?: { readonly signal?: AbortSignal; readonly progress?: (report: ProgressReport) => void },
  ): Promise<Result>;
}

/** How the engine opens a model and dictionary of these identities; undefined: they are not here. Does not start the engine. */
export type FindModel = (
  model: Identity | undefined,
  dictionary: Identity | undefined,
) => Promise<ModelChoice | undefined>;

export interface Log {
  info(line: string): void;
  warn(line: string): void;
  error(line: string): void;
}
