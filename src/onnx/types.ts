import type { Graph } from './graph.ts';

/** Element types that graphs here use; the names are ONNX's own, in lower case. */
export type DataType = 'float32' | 'float16' | 'bfloat16' | 'int64' | 'int32' | 'bool';

/** A dimension is a number, or a name for a size that is known only when the graph runs ("tokens"). */
export type Dimension = number | string;
export type Shape = readonly Dimension[];

export type Attribute = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, Attribute>>;

/** One tensor in a graph: an input, a constant, a weight or the output of a node. */
export interface Value {
  readonly graph: Graph;
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DataType;
  /** The node that computes it; undefined for inputs, constants and weights. */
  readonly producer: GraphNode | undefined;
}

/**
 * Vector-Jacobian product of a node: from the cotangents of its outputs (undefined where nothing flows back) to the
 * cotangents of its `differentiable` inputs, in their order. `wanted[i]` is false where input i needs none.
 */
export type VectorJacobianProduct = (
  cotangents: readonly (Value | undefined)[],
  wanted: readonly boolean[],
) => readonly (Value | undefined)[];

export interface GraphNode {
  readonly index: number;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
  /** The values that gradients flow to; a subset of the inputs, except for custom gradients. */
  readonly differentiable: readonly Value[];
  readonly vjp: VectorJacobianProduct | undefined;
}

/** Where a weight lies: a byte range of a file, mapped by the runtime and never copied. */
export interface ExternalData {
  readonly path: string;
  readonly offset: number;
  readonly byteLength: number;
}

export type TensorData = Float32Array | BigInt64Array | Int32Array | Uint8Array | Uint16Array;
