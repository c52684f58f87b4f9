import { cast, type DataType, type Graph, type Value } from '../onnx/index.ts';
import { CircuitError } from '../errors.ts';
import type { TensorRef } from './tensor-entry.ts';

const FLOAT_TYPES: Readonly<Record<string, DataType>> = { F32: 'float32', F16: 'float16', BF16: 'bfloat16' };

/**
 * A stored tensor as a float32 value of `graph`: it stays memory-mapped in its file, 16-bit values are cast where they
 * are used. Errors: `file-unsupported` for a type that no graph reads.
 */
export function storedTensor(graph: Graph, { path, entry }: TensorRef): Value {
  const dtype = FLOAT_TYPES[entry.dtype];
  if (dtype === undefined) {
    throw new CircuitError(
      'file-unsupported',
      `${path}: tensor "${entry.name}" is stored as ${entry.dtype}, which cannot be computed with.`,
      'Convert it to F32, F16 or BF16.',
    );
  }
  const { name, shape, offset, byteLength } = entry;
  return cast(graph.weight(name, dtype, shape, { path, offset, byteLength }), 'float32');
}

/** Rows [first, first + count) of a tensor's first dimension, as a tensor of its own over the same bytes. */
export function rowRange({ path, entry }: TensorRef, first: number, count: number): TensorRef {
  const rowBytes = entry.byteLength / entry.shape[0];
  return {
    path,
    entry: {
      ...entry,
      name: `${entry.name}[${first}:${first + count}]`,
      shape: [count, ...entry.shape.slice(1)],
      offset: entry.offset + first * rowBytes,
      byteLength: count * rowBytes,
    },
  };
}
