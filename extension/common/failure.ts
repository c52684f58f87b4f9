import { l10n } from './texts.ts';

/** What a person is told when something did not work. */
export interface Failure {
  readonly message: string;
  readonly remedy: string;
  /** Of CircuitError and EngineError; undefined for what was not foreseen. */
  readonly code?: string;
  /** A person cancelled it: nothing needs to be said. */
  readonly isCancellation: boolean;
}

/** What an error of this program (CircuitError, EngineError) or any other says to a person. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Error && 'remedy' in error && typeof error.remedy === 'string') {
    const code = 'code' in error && typeof error.code === 'string' ? { code: error.code } : {};
    return { message: error.message, remedy: error.remedy, ...code, isCancellation: code.code === 'cancelled' };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return {
    message: l10n.t('Something went wrong: {0}.', reason),
    remedy: l10n.t('The log has the details.'),
    isCancellation: false,
  };
}
