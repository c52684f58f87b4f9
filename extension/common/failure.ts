/** What a person is told when something did not work. */
export interface Failure {
  readonly message: string;
  readonly remedy: string;
  /** A person cancelled it: nothing needs to be said. */
  readonly isCancellation: boolean;
}

/** What an error of this program (CircuitError, EngineError) or any other says to a person. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Error && 'remedy' in error && typeof error.remedy === 'string') {
    const isCancellation = 'code' in error && error.code === 'cancelled';
    return { message: error.message, remedy: error.remedy, isCancellation };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { message: `Something went wrong: ${reason}.`, remedy: 'The log has the details.', isCancellation: false };
}
