import type * as OnnxRuntime from 'onnxruntime-node';
import { CircuitError } from '../errors.ts';

let runtime: Promise<typeof OnnxRuntime> | undefined;

/**
 * ONNX Runtime, loaded at the first use and not before. What it logs goes to stderr; by default nothing, as its errors
 * are thrown as well.
 */
export function loadOnnxRuntime(logLevel: 'error' | 'fatal' = 'fatal'): Promise<typeof OnnxRuntime> {
  runtime ??= import('onnxruntime-node').then(
    loaded => {
      loaded.env.logLevel = logLevel;
      return loaded;
    },
    (cause: unknown) => {
      runtime = undefined;
      throw new CircuitError(
        'provider',
        `ONNX Runtime cannot be loaded on ${process.platform}-${process.arch}: ${messageOf(cause)}`,
        'Install the package onnxruntime-node for this platform (Linux x64/arm64 with glibc 2.28, Windows, macOS arm64).',
        { cause },
      );
    },
  );
  return runtime;
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
