import { cast, type Graph, type Shape, type Value } from '../onnx/index.ts';

/** Where a model's weights come from while its graph is written: a checkpoint's files, or inputs that are trained. */
export interface WeightSource {
  /** The float32 tensor with this Hugging Face name and shape. */
  weight(name: string, shape: Shape): Value;
}

/** The part of a checkpoint that a graph needs: tensors by name, each a byte range of a file. */
export interface StoredTensors {
  expectShape(name: string, shape: readonly number[]): StoredTensor;
}

export interface StoredTensor {
  readonly path: string;
  readonly entry: {
    readonly dtype: string;
    readonly shape: readonly number[];
    readonly offset: number;
    readonly byteLength: number;
  };
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
      const value = storedTensor(graph, name, tensors.expectShape(name, shape as readonly number[]));
      known.set(name, value);
      return value;
    },
  };
}

/** One stored tensor as a float32 value of `graph`. */
export function storedTensor(graph: Graph, name: string, { path, entry }: StoredTensor): Value {
  const dtype = STORED_TYPES[entry.dtype];
  if (dtype === undefined) throw new TypeError(`${path}: ${name} has type ${entry.dtype}, which no graph reads`);
  return cast(
    graph.weight(name, dtype, entry.shape, { path, offset: entry.offset, byteLength: entry.byteLength }),
    'float32',
  );
}

const STORED_TYPES: Readonly<Record<string, 'float32' | 'float16' | 'bfloat16'>> = {
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
};
