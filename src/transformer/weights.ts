import { storedTensor, type TensorRef } from '../checkpoint/index.ts';
import type { Graph, Shape, Value } from '../onnx/index.ts';

/** Where a model's weights come from while its graph is written: a checkpoint's files, or inputs that are trained. */
export interface WeightSource {
  /** The float32 tensor with this Hugging Face name and shape. */
  weight(name: string, shape: Shape): Value;
}

/** The part of a checkpoint that a graph needs: tensors by name, each a byte range of a file. */
export interface StoredTensors {
  expectShape(name: string, shape: readonly number[]): TensorRef;
}

/**
 * Weights that stay memory-mapped in the checkpoint's files; 16-bit ones are cast where they are used. A weight that is
 * asked for twice (a tied unembedding) is one tensor.
 */
export function storedWeights(graph: Graph, tensors: StoredTensors): WeightSource {
  const known = new Map<string, Value>();
  return {
    weight: (name, shape) => {
      const before = known.get(name);
      if (before !== undefined) return before;
      const value = storedTensor(graph, tensors.expectShape(name, shape as readonly number[]));
      known.set(name, value);
      return value;
    },
  };
}
