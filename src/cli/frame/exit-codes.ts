import type { ErrorCode } from '../../errors.ts';

/** What the process ends with. */
export const EXIT = {
  ok: 0,
  /** The work was done and the answer is no: a check failed, a graph has problems. */
  no: 1,
  /** The arguments cannot be used: options, prompt, target. */
  usage: 2,
  /** A file or model is missing, damaged, unsupported, does not fit, or cannot be written. */
  file: 3,
  /** ONNX Runtime, its execution provider or memory. */
  engine: 4,
  /** The Hugging Face hub cannot be reached, refuses, or does not have what is asked for. */
  hub: 5,
  /** A bug of this program (EX_SOFTWARE of sysexits.h). */
  internal: 70,
  /** 128 + SIGINT. */
  cancelled: 130,
} as const;

const CODES: Readonly<Record<ErrorCode, number>> = {
  usage: EXIT.usage,
  prompt: EXIT.usage,
  target: EXIT.usage,
  'file-missing': EXIT.file,
  'file-damaged': EXIT.file,
  'file-unsupported': EXIT.file,
  'file-write': EXIT.file,
  'model-mismatch': EXIT.file,
  provider: EXIT.engine,
  memory: EXIT.engine,
  'disk-full': EXIT.file,
  network: EXIT.hub,
  'hub-access': EXIT.hub,
  'hub-missing': EXIT.hub,
  cancelled: EXIT.cancelled,
};

export function exitCodeOf(code: ErrorCode): number {
  return CODES[code];
}
