/** Tensors and operators that become ONNX models: the graph builder, its derivatives, the writer and sessions. */
export * from './ops/activation.ts';
export * from './ops/arithmetic.ts';
export * from './ops/control.ts';
export * from './ops/indexing.ts';
export * from './ops/matmul.ts';
export * from './ops/points.ts';
export * from './ops/reduce.ts';
export * from './ops/shape.ts';
export { gradient, type Seed } from './gradient.ts';
export { Graph, type Outputs } from './graph.ts';
export { encodeModel, type OnnxModel } from './model-proto.ts';
export {
  createSession,
  tensor,
  type ExecutionProvider,
  type OnnxSession,
  type SessionSettings,
  type Tensors,
} from './session.ts';
export type { DataType, Dimension, ExternalData, Shape, Value } from './types.ts';
