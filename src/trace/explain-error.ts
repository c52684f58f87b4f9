import { CircuitError } from '../errors.ts';

/** What to do about errors that are not this program's own. */
export interface Remedies {
  readonly provider: string;
  readonly memory: string;
}

const COMMAND_LINE: Remedies = {
  provider: 'Try --provider cpu; if it fails there too, please report it with the output of --debug.',
  memory: 'Use a shorter prompt or a smaller --max-feature-nodes; circuit model --tokens N estimates what is needed.',
};

/** `error` as something that a person can act on, or undefined if it is a bug of this program. */
export function explainError(error: unknown, remedies = COMMAND_LINE): CircuitError | undefined {
  if (error instanceof CircuitError) return error;
  if (!(error instanceof Error)) return undefined;
  return explainSystemError(error, remedies) ?? explainEngineError(error, remedies);
}

const READ_CALLS = ['open', 'read', 'scandir', 'stat', 'lstat', 'access'];

/** Errors of the operating system carry its name for them, and often the path. */
function explainSystemError(error: Error & NodeJS.ErrnoException, remedies: Remedies): CircuitError | undefined {
  if (error.errno === undefined || error.code === undefined) return undefined;
  const what = error.path ?? 'A file';
  const reason = error.message.replace(/^[A-Z]+: /, '').replace(/, \w+ '.*$/s, '');
  if (error.code === 'ENOMEM') return outOfMemory(error, remedies);
  const reading = READ_CALLS.includes(error.syscall ?? '');
  return new CircuitError(
    reading ? 'file-missing' : 'file-write',
    `${what} cannot be ${reading ? 'read' : 'written'}: ${reason} (${error.code}).`,
    reading ? 'Check the path and its permissions.' : 'Check the folder, its permissions and the free space.',
    { cause: error },
  );
}

/** ONNX Runtime and V8 throw plain errors; these texts are theirs. */
function explainEngineError(error: Error, remedies: Remedies): CircuitError | undefined {
  const { message } = error;
  if (/Array buffer allocation failed|bad_alloc|Failed to allocate memory|out of memory/i.test(message)) {
    return outOfMemory(error, remedies);
  }
  if (/Non-zero status code returned|onnxruntime|OrtSession|no available backend|ShapeInferenceError/.test(message)) {
    return new CircuitError('provider', `ONNX Runtime failed: ${message.split('\n')[0].trim()}`, remedies.provider, {
      cause: error,
    });
  }
  return undefined;
}

function outOfMemory(cause: Error, { memory }: Remedies): CircuitError {
  return new CircuitError('memory', 'The memory of this machine is not enough for this.', memory, { cause });
}
