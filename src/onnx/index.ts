/** Tensors and operators that become ONNX models: the graph builder, its derivatives, the writer and sessions. */
export * from './ops/activation.ts';
export * from './ops/arithmetic.ts';
export * from './ops/control.ts';
export * from './ops/heads.ts';
export * from './ops/indexing.ts';
export * from './ops/matmul.ts';
export * from './ops/points.ts';
export * from './ops/reduce.ts';
export * from './ops/shape.ts';
export { gradient, type Seed } from './gradient.ts';
export { Graph, type Outputs, type Value } from './graph.ts';
export { encodeModel, nameOfCopy, type OnnxModel } from './model-proto.ts';
export type { ProbeCommand } from './probe-child.ts';
export { answerProbe } from './probe-provider.ts';
export {
  chooseProvider,
  fastestOf,
  ProviderError,
  reportProviders,
  type ProbeOptions,
  type ProviderChoice,
  type ProviderReport,
  type ProviderRequest,
} from './providers.ts';
export { createSession } from './create-session.ts';
export { DeviceTensorsLost, ProviderInUse, type TellFailure } from './provider-in-use.ts';
export { isOnDevice, keepsTensors, tensor, type OnnxSession, type SessionSettings, type Tensors } from './session.ts';
export type { DataType, Dimension, ExecutionProvider, ExternalData, Shape } from './types.ts';
