import { Tensor } from 'onnxruntime-common';
import type { ProviderInUse } from './provider-in-use.ts';
import type { ExecutionProvider } from './types.ts';

export interface SessionSettings {
  readonly provider?: ExecutionProvider;
  /** Takes the place of `provider`: when a run fails there, this session and all others that share it go on on the CPU. */
  readonly inUse?: ProviderInUse;
  /** Threads inside an operator; ONNX Runtime's own choice (one a core) when undefined. */
  readonly threads?: number;
  /**
   * Gives the memory of a run back when it ends: for sessions of which there are many. Otherwise each keeps what its
   * largest run needed.
   */
  readonly keepsNoMemory?: boolean;
  /**
   * Threads do not sleep between the operators of a run: for graphs of many products that take a fraction of a millisecond.
   * After the run they sleep as always.
   */
  readonly keepsThreadsAwake?: boolean;
  /** Refuse to run any node on the CPU: for finding out whether a provider really runs. */
  readonly noCpuFallback?: boolean;
  /** Outputs that stay in the device's memory, where the provider allows it (`keepsTensors`): feeds of later runs. */
  readonly onDevice?: readonly string[];
  /** ONNX Runtime's record of each node's provider and time is written to a file whose path begins like this. */
  readonly profile?: string;
}

/** Input or output tensors by name. */
export type Tensors = Readonly<Record<string, Tensor>>;

/** A model that is ready to run. `dispose` frees the native memory. */
export interface OnnxSession {
  /**
   * With `into`, tensors in main memory that outputs are written to, the result holds these outputs, and those that stay
   * on the device: they are to be disposed of by whoever asked for them.
   */
  run(feeds: Tensors, into?: Tensors): Promise<Tensors>;
  dispose(): Promise<void>;
}

/**
 * Whether outputs can stay in the device's memory. In Node, ONNX Runtime 1.30 knows the buffers of WebGPU alone
 * (js/node/src/tensor_helper.cc compares the allocator's name with "WebGPU_Buf"); what the other providers compute is
 * copied to main memory after each run.
 */
export function keepsTensors(provider: ExecutionProvider): boolean {
  return provider === 'webgpu';
}

/** A tensor over the given numbers, which are not copied: float32, int64 (BigInt64Array) or bool (Uint8Array). */
export function tensor(data: Float32Array | BigInt64Array | Uint8Array, shape: readonly number[]): Tensor {
  if (data instanceof Float32Array) return new Tensor('float32', data, shape);
  if (data instanceof BigInt64Array) return new Tensor('int64', data, shape);
  return new Tensor('bool', data, shape);
}

/** A tensor that lies in the memory of a device: its numbers can be neither read here nor fed to the CPU. */
export function isOnDevice({ location }: Tensor): boolean {
  return location === 'gpu-buffer';
}
