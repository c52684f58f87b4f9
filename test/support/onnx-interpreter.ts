/**
 * Computes graphs of src/onnx in float64, operator by operator and without ONNX Runtime: the independent source that
 * derivatives and the runtime's float32 results are checked against. It also holds every value to the shape that the
 * builder declared for it.
 */
import { readFileSync } from 'node:fs';
import type { Graph, Outputs, Value } from '../../src/onnx/index.ts';
import type { Weight } from '../../src/onnx/graph.ts';
import { arithmeticKernels } from './onnx-kernels.ts';
import { shapeKernels } from './onnx-kernels-shape.ts';
import type { NumberTensor } from './onnx-numbers.ts';

export type Numbers = Readonly<Record<string, NumberTensor>>;

const kernels = { ...arithmeticKernels, ...shapeKernels };

/** The outputs for the given inputs. Only what they depend on is computed. */
export function evaluate(graph: Graph, outputs: Outputs, feeds: Numbers): Record<string, NumberTensor> {
  const known = new Map<Value, NumberTensor>();
  const sizes = new Map<string, number>();
  const learn = (value: Value, tensor: NumberTensor): void => {
    checkShape(value, tensor, sizes);
    known.set(value, tensor);
  };
  for (const input of graph.inputs) if (input.name in feeds) learn(input, feeds[input.name]);
  for (const { value, data } of graph.constants) {
    learn(value, { shape: value.shape.map(Number), data: Float64Array.from(data, Number) });
  }
  const weights = new Map(graph.weights.map(weight => [weight.value, weight]));
  const needed = dependencies(Object.values(outputs));
  for (const value of needed) {
    const weight = weights.get(value);
    if (weight !== undefined) learn(value, readWeight(weight));
    else if (value.producer === undefined && !known.has(value)) throw new Error(`nothing was fed to ${value.name}`);
  }
  for (const node of graph.nodes) {
    if (!node.outputs.some(output => needed.has(output))) continue;
    const kernel = kernels[node.op];
    if (kernel === undefined) throw new Error(`the interpreter does not know ${node.op}`);
    const results = kernel(
      node.inputs.map(input => known.get(input)!),
      node.attributes,
    );
    node.outputs.forEach((output, i) => learn(output, results[i]));
  }
  return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, known.get(value)!]));
}

function dependencies(outputs: readonly Value[]): Set<Value> {
  const needed = new Set<Value>();
  const waiting = [...outputs];
  for (let value = waiting.pop(); value !== undefined; value = waiting.pop()) {
    if (needed.has(value)) continue;
    needed.add(value);
    if (value.producer !== undefined) waiting.push(...value.producer.inputs);
  }
  return needed;
}

/** A name stands for one size in the whole graph; products and sums of names for what they say. */
function checkShape(value: Value, tensor: NumberTensor, sizes: Map<string, number>): void {
  const wrong = () =>
    new Error(`${value.name} has shape [${tensor.shape.join()}], declared as [${value.shape.join()}]`);
  if (tensor.shape.length !== value.shape.length) throw wrong();
  value.shape.forEach((dimension, axis) => {
    const size = tensor.shape[axis];
    if (typeof dimension === 'number') {
      if (dimension !== size) throw wrong();
      return;
    }
    const expected = sizes.get(dimension) ?? composed(dimension, sizes) ?? size;
    if (expected !== size) throw wrong();
    sizes.set(dimension, size);
  });
}

function composed(name: string, sizes: Map<string, number>): number | undefined {
  let total = 0;
  for (const term of name.split('+')) {
    let size = 1;
    for (const factor of term.split('*')) size *= /^\d+$/.test(factor) ? Number(factor) : (sizes.get(factor) ?? NaN);
    total += size;
  }
  return Number.isNaN(total) ? undefined : total;
}

function readWeight({ value, external }: Weight): NumberTensor {
  const bytes = readFileSync(external.path).subarray(external.offset, external.offset + external.byteLength);
  const shape = value.shape.map(Number);
  const width = value.dtype === 'float32' ? 4 : 2;
  const decode = value.dtype === 'float32' ? readFloat32 : value.dtype === 'bfloat16' ? readBfloat16 : readFloat16;
  const data = Float64Array.from({ length: bytes.length / width }, (_, i) => decode(bytes, i * width));
  return { shape, data };
}

function readFloat32(bytes: Buffer, offset: number): number {
  return bytes.readFloatLE(offset);
}

/** The upper half of a float32. */
function readBfloat16(bytes: Buffer, offset: number): number {
  const wide = Buffer.alloc(4);
  wide.writeUInt16LE(bytes.readUInt16LE(offset), 2);
  return wide.readFloatLE(0);
}

/** IEEE 754 binary16: 1 sign, 5 exponent and 10 fraction bits. */
function readFloat16(bytes: Buffer, offset: number): number {
  const bits = bytes.readUInt16LE(offset);
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
