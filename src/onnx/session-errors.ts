import { CircuitError } from '../errors.ts';
import type { OnnxModel } from './model-proto.ts';
import { explainProvider } from './provider-messages.ts';
import type { ExecutionProvider } from './types.ts';

/** What a failed session means for the person, or the error itself where it can only be a bug. */
export function explainCreation(cause: unknown, provider: ExecutionProvider, model: OnnxModel): unknown {
  const message = messageOf(cause);
  if (isLackOfMemory(message)) return lackOfMemory(cause, message);
  if (/external data|external initializer/i.test(message)) {
    return new CircuitError(
      'file-damaged',
      `The weights in ${model.weightFiles.map(file => file.path).join(', ')} cannot be mapped: ${firstLine(message)}`,
      'Download or copy the files again; they must not change while the model is open.',
      { cause },
    );
  }
  if (provider === 'cpu') return cause;
  const { reason, remedy } = explainProvider(provider, message, '');
  return new CircuitError('provider', reason, remedy, { cause });
}

/** The same for a failed run. */
export function explainRun(cause: unknown): unknown {
  const message = messageOf(cause);
  return isLackOfMemory(message) ? lackOfMemory(cause, message) : cause;
}

function isLackOfMemory(message: string): boolean {
  return /failed to allocate memory|bad_?alloc|out of memory|cannot allocate memory/i.test(message);
}

function lackOfMemory(cause: unknown, message: string): CircuitError {
  const bytes = /buffer of size (\d+)/.exec(message)?.[1];
  const amount = bytes === undefined ? '' : ` (it asked for ${(Number(bytes) / 1e9).toPrecision(3)} GB at once)`;
  return new CircuitError(
    'memory',
    `ONNX Runtime ran out of memory${amount}.`,
    'Close other programs, or take a shorter prompt or fewer features.',
    { cause },
  );
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0];
}
