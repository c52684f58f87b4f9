import { Tensor, type InferenceSession } from 'onnxruntime-common';
import { CircuitError } from '../errors.ts';
import type { OnnxModel } from './model-proto.ts';

/** How ONNX Runtime is named on the command line and in reports; `cpu` always runs. */
export type ExecutionProvider = 'cpu' | 'cuda' | 'dml' | 'coreml' | 'webgpu';

export interface SessionSettings {
  readonly provider?: ExecutionProvider;
  /** Threads inside an operator; ONNX Runtime's own choice (one a core) when undefined. */
  readonly threads?: number;
  /** Refuse to run any node on the CPU: for finding out whether a provider really runs. */
  readonly noCpuFallback?: boolean;
}

/** Input or output tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A model that is ready to run. `dispose` frees the native memory. */
export interface OnnxSession {
  run(feeds: Tensors): Promise<Tensors>;
  dispose(): Promise<void>;
}

type OnnxRuntime = typeof import('onnxruntime-node');
let runtime: Promise<OnnxRuntime> | undefined;

/** ONNX Runtime, loaded at the first use and not before. */
export function loadOnnxRuntime(): Promise<OnnxRuntime> {
  runtime ??= import('onnxruntime-node').then(
    loaded => {
      loaded.env.logLevel = 'error';
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

/**
 * Makes a session whose external weights stay memory-mapped in their files. Prepacking and two optimizations are
 * switched off because each makes a private copy of the weights.
 */
export async function createSession(model: OnnxModel, settings: SessionSettings = {}): Promise<OnnxSession> {
  const ort = await loadOnnxRuntime();
  const options: InferenceSession.SessionOptions = {
    executionProviders: [settings.provider ?? 'cpu'],
    ...(settings.threads === undefined ? {} : { intraOpNumThreads: settings.threads }),
    extra: {
      session: {
        disable_prepacking: '1',
        intra_op: { allow_spinning: '0' },
        ...(settings.noCpuFallback === true ? { disable_cpu_ep_fallback: '1' } : {}),
        ...(model.weightsFolder === undefined
          ? {}
          : { model_external_initializers_file_folder_path: model.weightsFolder }),
      },
      optimization: { disable_specified_optimizers: 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer' },
    },
  };
  const session = await ort.InferenceSession.create(model.bytes, options);
  return {
    run: feeds => session.run(feeds),
    dispose: () => session.release(),
  };
}

/** A tensor over the given numbers, which are not copied: float32, int64 (BigInt64Array) or bool (Uint8Array). */
export function tensor(data: Float32Array | BigInt64Array | Uint8Array, shape: readonly number[]): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape);
  return new Tensor('bool', data, shape);
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
