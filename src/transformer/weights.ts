import { storedTensor, type TensorRef } from '../checkpoint/index.ts';
import { add, cast, type Graph, type Shape, type Value } from '../onnx/index.ts';
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
  const stored = weight.producer?.op === 'Cast' ? weight.producer.inputs[0] : weight;
  return cast(part(stored), 'float32');
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
