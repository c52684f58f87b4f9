import { ErrorCodes, ResponseError } from 'vscode-jsonrpc';
import { explainError } from '../trace/explain-error.ts';
import type { EngineErrorData } from './protocol.ts';

/** The language server protocol's code for a request that its sender cancelled. */
const REQUEST_CANCELLED = -32800;
/** Free for applications (JSON-RPC 2.0, section 5.1). */
const FAILED = -32000;

/**
 * `error` as the answer to a request: what a person can act on with its code and remedy, anything else as a bug, whose
 * stack goes to `log`.
 */
export function failureOf(error: unknown, log: (text: string) => void): ResponseError<EngineErrorData> {
  const explained = explainError(error);
  if (explained === undefined) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return new ResponseError(ErrorCodes.InternalError, message, {
      code: 'bug',
      remedy: 'This is a bug of Circuit Explorer: please report it with the log.',
    });
  }
  const { code, message, remedy } = explained;
  if (code !== 'cancelled') log(`${code}: ${message}`);
  return new ResponseError(code === 'cancelled' ? REQUEST_CANCELLED : FAILED, message, { code, remedy });
}
