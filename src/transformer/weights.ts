import { storedTensor, type TensorRef } from '../checkpoint/index.ts';
import { add, cast, concat, gatherRows, linear, type Graph, type Shape, type Value } from '../onnx/index.ts';
import type { LinearWeights, NormWeights } from './blocks.ts';

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

/** A part of a weight, taken before a 16-bit one is widened, so that only the part is. */
export function partOf(weight: Value, part: (stored: Value) => Value): Value {
  return cast(part(isWidened(weight) ? weight.producer!.inputs[0] : weight), 'float32');
}

/** Rows of a table by int64 indices [..]; result: [.., columns]. */
export function rowsOf(table: Value, indices: Value): Value {
  return partOf(table, stored => gatherRows(stored, indices));
}

/** Values of a 16-bit matrix that are widened at a time: 64 MB of float32. */
export const WIDENED_VALUES = 2 ** 24;

/** x W^T for a matrix [outputs, inputs] of any height: of a 16-bit one never more than a part is in memory as float32. */
export function tallLinear(x: Value, weight: Value, widenedValues = WIDENED_VALUES): Value {
  const [outputs, inputs] = weight.shape.map(Number);
  if (!isWidened(weight) || outputs * inputs <= widenedValues) return linear(x, weight);
  const rows = Math.max(1, Math.floor(widenedValues / inputs));
  const products: Value[] = [];
  for (let first = 0; first < outputs; first += rows) {
    const end = Math.min(first + rows, outputs);
    products.push(linear(x, cast(storedRange(weight.producer!.inputs[0], first, end), 'float32')));
  }
  return concat(products, -1);
}

/**
 * Rows [first, end) of a stored matrix as a weight of their own over the same bytes: a slice would be a copy, and of all
 * slices ONNX Runtime makes the copies first.
 */
function storedRange(stored: Value, first: number, end: number): Value {
  const { name, external } = stored.graph.weights.find(({ value }) => value === stored)!;
  const [rows, ...rest] = stored.shape as readonly number[];
  const rowBytes = external.byteLength / rows;
  return stored.graph.weight(`${name}[${first}:${end}]`, stored.dtype, [end - first, ...rest], {
    path: external.path,
    offset: external.offset + first * rowBytes,
    byteLength: (end - first) * rowBytes,
  });
}

/** A stored weight under another shape, over the same bytes: a reshape would be a copy. */
export function weightAs(weight: Value, shape: readonly number[]): Value {
  return partOf(weight, stored => {
    const { name, external } = stored.graph.weights.find(({ value }) => value === stored)!;
    return stored.graph.weight(name, stored.dtype, shape, external);
  });
}

function isWidened({ producer }: Value): boolean {
  return producer?.op === 'Cast' && producer.inputs[0].producer === undefined;
}

/** `name`.weight, [outputs, inputs], and `name`.bias. */
export function linearWeights(
  source: WeightSource,
  name: string,
  [outputs, inputs]: readonly [number, number],
  biased: boolean,
): LinearWeights {
  return {
    weight: source.weight(`${name}.weight`, [outputs, inputs]),
    ...(biased ? { bias: source.weight(`${name}.bias`, [outputs]) } : {}),
  };
}

/** An RMSNorm; `stored` says whether the file holds its weight or, as Gemma's, the weight less 1. */
export function rmsNorm(
  source: WeightSource,
  name: string,
  size: number,
  epsilon: number,
  stored: 'weight' | 'weight less 1' = 'weight',
): NormWeights {
  const weight = source.weight(`${name}.weight`, [size]);
  return { kind: 'rms', weight: stored === 'weight' ? weight : add(weight, 1), epsilon };
}

/** A LayerNorm with a bias. */
export function layerNorm(source: WeightSource, name: string, size: number, epsilon: number): NormWeights {
  const [weight, bias] = ['weight', 'bias'].map(part => source.weight(`${name}.${part}`, [size]));
  return { kind: 'layer', weight, bias, epsilon };
}
