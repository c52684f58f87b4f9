/**
 * An error that a person can act on. `message` is one sentence that says what is wrong (naming the file and the
 * tensor or field), `remedy` what to do next. Anything else that is thrown is a bug and shows its stack in the log.
 */
export class CircuitError extends Error {
  override readonly name = 'CircuitError';
  readonly code: ErrorCode;
  readonly remedy: string;
  /** The remedy in the words of the command line, where it has options or commands of its own for it. */
  readonly commandLine: string;

  constructor(
    code: ErrorCode,
    message: string,
    remedy: string,
    options?: { readonly cause?: unknown; readonly commandLine?: string },
  ) {
    super(message, options);
    this.code = code;
    this.remedy = remedy;
    this.commandLine = options?.commandLine ?? remedy;
  }
}

/** What went wrong, for programs; the command line's exit code follows from it. */
export type ErrorCode =
  | 'usage'
  | 'file-missing'
  | 'file-damaged'
  | 'file-unsupported'
  | 'file-write'
  | 'model-mismatch'
  | 'prompt'
  | 'target'
  | 'provider'
  | 'memory'
  | 'disk-full'
  | 'network'
  | 'hub-access'
  | 'hub-missing'
  | 'cancelled';
