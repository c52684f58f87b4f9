import { elementCount } from './shapes.ts';
import type { Attributes, DataType, ExternalData, Shape, TensorData } from './types.ts';

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

/** One operator with its inputs and outputs. */
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

export interface Constant {
  readonly value: Value;
  readonly data: TensorData;
}

export interface Weight {
  /** Its name in the file. */
  readonly name: string;
  readonly value: Value;
  readonly external: ExternalData;
}

/** What a node may carry besides its operator and inputs. */
export interface NodeOptions {
  readonly attributes?: Attributes;
  readonly domain?: string;
  /** Gradients flow to these instead of to the inputs. */
  readonly differentiable?: readonly Value[];
  readonly vjp?: VectorJacobianProduct;
}

/** The names of a graph's outputs and the values they are. */
export type Outputs = Readonly<Record<string, Value>>;

/**
 * A computation that is being written down: nodes in the order in which they were added, which is a topological order.
 * The functions of `ops/` add nodes; `gradient` adds the nodes of a backward pass; `encodeModel` writes the part that
 * given outputs need as an ONNX model.
 */
export class Graph {
  readonly inputs: Value[] = [];
  readonly nodes: GraphNode[] = [];
  readonly constants: Constant[] = [];
  readonly weights: Weight[] = [];
  #names = 0;
  #shared = new Map<string, Value>();

  /** An input that is fed on each run. Names are part of the model's interface. */
  input(name: string, dtype: DataType, shape: Shape): Value {
    if (this.inputs.some(input => input.name === name)) throw new TypeError(`two inputs are named ${name}`);
    const value = this.#value(name, dtype, shape, undefined);
    this.inputs.push(value);
    return value;
  }

  /** A constant that is stored in the model itself: for small tensors. Row-major. */
  constant(data: TensorData, shape: Shape, dtype: DataType = dataTypeOf(data)): Value {
    const size = elementCount(shape);
    if (data.length !== size) throw new TypeError(`${data.length} numbers for a constant of shape [${shape.join()}]`);
    if (!(data instanceof ARRAY[dtype]))
      throw new TypeError(`${data.constructor.name} for a constant of type ${dtype}`);
    const key = size <= 16 ? `${dtype}[${shape.join()}]${hexadecimal(data)}` : undefined;
    const known = key === undefined ? undefined : this.#shared.get(key);
    if (known !== undefined) return known;
    const value = this.#value(this.#name('constant'), dtype, shape, undefined);
    this.constants.push({ value, data });
    if (key !== undefined) this.#shared.set(key, value);
    return value;
  }

  scalar(value: number): Value {
    return this.constant(Float32Array.of(value), []);
  }

  /** A constant int64 vector: axes, shapes, starts and ends are given to operators in this form. */
  integers(values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** A weight that stays in its file. */
  weight(name: string, dtype: DataType, shape: Shape, external: ExternalData): Value {
    if (!Number.isSafeInteger(external.offset) || external.offset < 0) {
      throw new TypeError(`${name} at offset ${external.offset}`);
    }
    const needed = elementCount(shape) * ARRAY[dtype].BYTES_PER_ELEMENT;
    if (external.byteLength !== needed) {
      throw new TypeError(`${external.byteLength} bytes for ${name}, ${dtype} [${shape.join()}], of ${needed}`);
    }
    const value = this.#value(this.#name(name), dtype, shape, undefined);
    this.weights.push({ name, value, external });
    return value;
  }

  /** Adds a node and returns its outputs; `results` gives the type and shape of each. */
  node(
    op: string,
    inputs: readonly Value[],
    results: readonly { readonly dtype: DataType; readonly shape: Shape }[],
    options: NodeOptions = {},
  ): Value[] {
    for (const input of inputs) {
      if (input.graph !== this) throw new TypeError(`${op}: ${input.name} belongs to another graph`);
    }
    const outputs: Value[] = [];
    const node: GraphNode = {
      index: this.nodes.length,
      op,
      domain: options.domain ?? '',
      inputs,
      outputs,
      attributes: options.attributes ?? {},
      differentiable: options.differentiable ?? inputs,
      vjp: options.vjp,
    };
    for (const { dtype, shape } of results) outputs.push(this.#value(this.#name(op), dtype, shape, node));
    this.nodes.push(node);
    return outputs;
  }

  #name(stem: string): string {
    return `${stem}_${this.#names++}`;
  }

  #value(name: string, dtype: DataType, shape: Shape, producer: GraphNode | undefined): Value {
    return { graph: this, name, dtype, shape, producer };
  }
}

/** The nodes, in order, that `outputs` depend on. */
export function liveNodes(graph: Graph, outputs: Outputs): { nodes: GraphNode[]; values: Set<Value> } {
  const values = new Set<Value>(Object.values(outputs));
  const nodes: GraphNode[] = [];
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    const node = graph.nodes[index];
    if (!node.outputs.some(output => values.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) values.add(input);
  }
  return { nodes: nodes.reverse(), values };
}

/** The arrays that hold each type; 16-bit floats as their bits. */
const ARRAY = {
  float32: Float32Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  int32: Int32Array,
  bool: Uint8Array,
};

/** Bits and not numbers: -0 is not 0. */
function hexadecimal({ buffer, byteOffset, byteLength }: TensorData): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('hex');
}

function dataTypeOf(data: TensorData): DataType {
  if (data instanceof Float32Array) return 'float32';
  if (data instanceof BigInt64Array) return 'int64';
  if (data instanceof Int32Array) return 'int32';
  if (data instanceof Uint8Array) return 'bool';
  return 'float16';
}
