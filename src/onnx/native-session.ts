import type { InferenceSession } from 'onnxruntime-common';
import type * as OnnxRuntime from 'onnxruntime-node';
import { checkWeightFiles } from './external-weights.ts';
import { keepHeap } from './keep-heap.ts';
import type { OnnxModel } from './model-proto.ts';
import { loadOnnxRuntime } from './runtime.ts';
import { explainCreation, explainRun } from './session-errors.ts';
import { keepsTensors, type OnnxSession, type SessionSettings, type Tensors } from './session.ts';
import type { ExecutionProvider } from './types.ts';
import { uncopiedOutputs } from './uncopied-outputs.ts';

/** ONNX Runtime names its records by the second: sessions need names of their own. */
let profiles = 0;

/** A session of ONNX Runtime on one provider and no other. */
export async function openSession(
  model: OnnxModel,
  provider: ExecutionProvider,
  settings: SessionSettings,
): Promise<OnnxSession> {
  const ort = await loadOnnxRuntime();
  checkWeightFiles(model.weightFiles);
  if (settings.keepsNoMemory === true && provider === 'cpu') await keepHeap();
  // TensorFloat-32 keeps 10 bits of the fraction; NVIDIA's libraries read this when they start.
  if (provider === 'cuda') process.env.NVIDIA_TF32_OVERRIDE ??= '0';
  const onDevice = keepsTensors(provider) ? (settings.onDevice ?? []) : [];
  const others = Object.fromEntries((settings.onDevice ?? []).map(name => [name, null]));
  const uncopied = provider === 'cpu' ? await uncopiedOutputs(ort) : undefined;
  const bytes = bytesFor(model, provider);
  let session: InferenceSession | undefined;
  try {
    session = await ort.InferenceSession.create(
      uncopied?.prepare(bytes) ?? bytes,
      sessionOptions(model, provider, settings, onDevice),
    );
  } catch (cause) {
    throw explainCreation(cause, provider, model);
  }
  return {
    run: async (feeds, into) => {
      if (session === undefined) throw new TypeError('the session has been disposed of');
      try {
        if (into === undefined) return await session.run(feeds, model.outputs);
        if (uncopied !== undefined && model.outputs.every(name => name in into)) {
          await uncopied.run(session, feeds, ownTensors(ort, into));
          return into;
        }
        // Where outputs stay on the device, ONNX Runtime takes no memory for the others.
        if (onDevice.length > 0) return copied(await session.run(feeds), into);
        return await session.run(feeds, { ...others, ...ownTensors(ort, into) });
      } catch (cause) {
        throw explainRun(cause);
      }
    },
    dispose: async () => {
      const open = session;
      session = undefined;
      if (settings.profile !== undefined) open?.endProfiling();
      await open?.release();
    },
  };
}

/**
 * ONNX Runtime's own operators are certain on the CPU and on CUDA (contrib_ops/cuda/math/fused_matmul.cc); WebGPU has no
 * FusedMatMul, as the record of `npm run test:gpu` shows.
 */
function bytesFor(model: OnnxModel, provider: ExecutionProvider): Uint8Array {
  return provider === 'cpu' || provider === 'cuda' ? model.bytes : model.standardBytes();
}

function sessionOptions(
  model: OnnxModel,
  provider: ExecutionProvider,
  { threads, keepsNoMemory, keepsThreadsAwake, noCpuFallback, profile }: SessionSettings,
  onDevice: readonly string[],
): InferenceSession.SessionOptions {
  const { weightsFolder } = model;
  return {
    executionProviders: [provider],
    enableCpuMemArena: keepsNoMemory !== true,
    ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
    ...(onDevice.length === 0
      ? {}
      : { preferredOutputLocation: Object.fromEntries(onDevice.map(name => [name, 'gpu-buffer'] as const)) }),
    ...(profile === undefined ? {} : { enableProfiling: true, profileFilePrefix: `${profile}-${++profiles}` }),
    extra: {
      session: {
        disable_prepacking: '1',
        intra_op: { allow_spinning: keepsThreadsAwake === true ? '1' : '0' },
        // Those of other sessions have work then.
        force_spinning_stop: '1',
        ...(noCpuFallback === true ? { disable_cpu_ep_fallback: '1' } : {}),
        ...(weightsFolder === undefined ? {} : { model_external_initializers_file_folder_path: weightsFolder }),
      },
      optimization: { disable_specified_optimizers: 'ConstantFolding;FuseFp16InitializerToFp32NodeTransformer' },
    },
  };
}

/** The same tensors, not copied, in the class that the runtime knows as its own: it ignores others as outputs. */
function ownTensors(ort: typeof OnnxRuntime, tensors: Tensors): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, data, dims }]) => [name, new ort.Tensor(type, data, dims)]),
  );
}

/** The outputs with those of `into` written to its memory. */
function copied(outputs: Tensors, into: Tensors): Tensors {
  for (const [name, target] of Object.entries(into)) {
    const { data, dims } = outputs[name];
    if (dims.length !== target.dims.length || dims.some((size, axis) => size !== target.dims[axis])) {
      throw new TypeError(`output ${name} is [${dims.join()}] and not [${target.dims.join()}]`);
    }
    (target.data as Float32Array).set(data as Float32Array);
  }
  return { ...outputs, ...into };
}
