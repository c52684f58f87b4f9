import { Tensor, type InferenceSession } from 'onnxruntime-common';
import type * as OnnxRuntime from 'onnxruntime-node';
import { CircuitError } from '../errors.ts';
import { checkWeightFiles } from './external-weights.ts';
import type { OnnxModel } from './model-proto.ts';
import { explainCreation, explainRun } from './session-errors.ts';
import type { ExecutionProvider } from './types.ts';

export interface SessionSettings {
  readonly provider?: ExecutionProvider;
  /** Threads inside an operator; ONNX Runtime's own choice (one a core) when undefined. */
  readonly threads?: number;
  /**
   * Gives the memory of a run back when it ends: for sessions of which there are many. Otherwise each keeps what its
   * largest run needed.
   */
  readonly keepsNoMemory?: boolean;
  /** Refuse to run any node on the CPU: for finding out whether a provider really runs. */
  readonly noCpuFallback?: boolean;
}

/** Input or output tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A model that is ready to run. `dispose` frees the native memory. */
export interface OnnxSession {
  /** With `into`, tensors that outputs are written to, the result holds these outputs alone. */
  run(feeds: Tensors, into?: Tensors): Promise<Tensors>;
  dispose(): Promise<void>;
}

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

/**
 * Makes a session whose external weights stay memory-mapped in their files. Prepacking and two optimizations are
 * switched off because each makes a private copy of the weights. Weight files that are missing or too short, a provider
 * that does not run and a lack of memory are CircuitErrors; anything else that ONNX Runtime throws is a bug.
 */
export async function createSession(model: OnnxModel, settings: SessionSettings = {}): Promise<OnnxSession> {
  const ort = await loadOnnxRuntime();
  const provider = settings.provider ?? 'cpu';
  checkWeightFiles(model.weightFiles);
  // TensorFloat-32 keeps 10 bits of the fraction; NVIDIA's libraries read this when they start.
  if (provider === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const options: InferenceSession.SessionOptions = {
    executionProviders: [provider],
    enableCpuMemArena: settings.keepsNoMemory !== true,
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
  let session: InferenceSession | undefined;
  try {
    session = await ort.InferenceSession.create(model.bytes, options);
  } catch (cause) {
    throw explainCreation(cause, provider, model);
  }
  return {
    run: async (feeds, into) => {
      if (session === undefined) throw new TypeError('the session has been disposed of');
      try {
        return await (into === undefined ? session.run(feeds) : session.run(feeds, ownTensors(ort, into)));
      } catch (cause) {
        throw explainRun(cause);
      }
    },
    dispose: async () => {
      const open = session;
      session = undefined;
      await open?.release();
    },
  };
}

/** The same tensors, not copied, in the class that the runtime knows as its own: it ignores others as outputs. */
function ownTensors(ort: typeof OnnxRuntime, tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
  );
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
