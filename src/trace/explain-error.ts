import { CircuitError } from '../errors.ts';

const PROVIDER = {
  remedy:
    'Choose the provider cpu (the setting circuit.provider); if it fails there too, please report it with the log.',
  commandLine: 'Try --provider cpu; if it fails there too, please report it with the output of --debug.',
};
const MEMORY = {
  remedy: 'Use a shorter prompt or a smaller budget (the setting circuit.maxFeatureNodes), or close other programs.',
  commandLine:
    'Use a shorter prompt or a smaller --max-feature-nodes; circuit model --tokens N estimates what is needed.',
};

/** `error` as something that a person can act on, or undefined if it is a bug of this program. */
export function explainError(error: unknown): CircuitError | undefined {
  if (error instanceof CircuitError) return error;
  if (!(error instanceof Error)) return undefined;
  return explainSystemError(error) ?? explainEngineError(error);
}

const READ_CALLS = ['open', 'read', 'scandir', 'stat', 'lstat', 'access'];

/** Errors of the operating system carry its name for them, and often the path. */
function explainSystemError(error: Error & NodeJS.ErrnoException): CircuitError | undefined {
  if (error.errno === undefined || error.code === undefined) return undefined;
  const what = error.path ?? 'A file';
  const reason = error.message.replace(/^[A-Z]+: /, '').replace(/, \w+ '.*$/s, '');
  if (error.code === 'ENOMEM') return outOfMemory(error);
  const reading = READ_CALLS.includes(error.syscall ?? '');
  return new CircuitError(
    reading ? 'file-missing' : 'file-write',
    `${what} cannot be ${reading ? 'read' : 'written'}: ${reason} (${error.code}).`,
    reading ? 'Check the path and its permissions.' : 'Check the folder, its permissions and the free space.',
    { cause: error },
  );
}

/** ONNX Runtime and V8 throw plain errors; these texts are theirs. */
function explainEngineError(error: Error): CircuitError | undefined {
  const { message } = error;
  if (/Array buffer allocation failed|bad_alloc|Failed to allocate memory|out of memory/i.test(message)) {
    return outOfMemory(error);
  }
  if (/Non-zero status code returned|onnxruntime|OrtSession|no available backend|ShapeInferenceError/.test(message)) {
    return new CircuitError('provider', `ONNX Runtime failed: ${message.split('\n')[0].trim()}`, PROVIDER.remedy, {
      cause: error,
      commandLine: PROVIDER.commandLine,
    });
  }
  return undefined;
}

function outOfMemory(cause: Error): CircuitError {
  return new CircuitError('memory', 'The memory of this machine is not enough for this.', MEMORY.remedy, {
    cause,
    commandLine: MEMORY.commandLine,
  });
}
