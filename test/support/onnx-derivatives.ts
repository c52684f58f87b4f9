/** Derivatives of graphs against central finite differences, and ONNX Runtime against the interpreter. */
import {
  createSession,
  encodeModel,
  gradient,
  Graph,
  tensor,
  type DataType,
  type Outputs,
  type Shape,
  type Value,
} from '../../src/onnx/index.ts';
import type { Tensor } from 'onnxruntime-common';
import { evaluate, type Numbers } from './onnx-interpreter.ts';
import { fill, maxAbs, relativeError, type NumberTensor } from './onnx-numbers.ts';
import { uniforms } from './random.ts';

export interface InputSpec {
  readonly shape: Shape;
  readonly dtype?: DataType;
  /** One element from a source of numbers in [0, 1); 0.3 to 2 of either sign when undefined, away from kinks at 0. */
  readonly element?: (random: () => number) => number;
}

export interface DerivativeCase {
  /** The export of src/onnx/ops that is tested. */
  readonly op: string;
  readonly title: string;
  readonly inputs: Readonly<Record<string, InputSpec>>;
  /** Sizes of named dimensions. */
  readonly sizes?: Readonly<Record<string, number>>;
  /** Of ONNX Runtime's float32 against float64, where 16-bit types take part. */
  readonly tolerance?: number;
  readonly build: (values: Readonly<Record<string, Value>>) => Value;
}

/** A case with its graph, inputs, their cotangent-carrying output and numbers for all of them. */
export interface BuiltCase {
  readonly graph: Graph;
  readonly inputs: readonly Value[];
  readonly output: Value;
  readonly cotangent: Value;
  readonly feeds: Record<string, NumberTensor>;
}

export const positive = (random: () => number): number => 0.3 + 2 * random();

/** Integers in [0, below). */
export const below =
  (limit: number) =>
  (random: () => number): number =>
    Math.floor(limit * random());

export function buildCase({ inputs, sizes = {}, build }: DerivativeCase, seed = 1): BuiltCase {
  const graph = new Graph();
  const random = uniforms(seed);
  const values: Record<string, Value> = {};
  const feeds: Record<string, NumberTensor> = {};
  for (const [name, { shape, dtype = 'float32', element = eitherSign }] of Object.entries(inputs)) {
    values[name] = graph.input(name, dtype, shape);
    feeds[name] = fill(sized(shape, sizes), () => Math.fround(element(random)));
  }
  const output = build(values);
  const { shape } = evaluate(graph, { output }, feeds).output;
  const cotangent = graph.input('cotangent', 'float32', output.shape);
  feeds.cotangent = fill(shape, () => Math.fround(eitherSign(random)));
  const differentiable = Object.values(values).filter(value => value.dtype === 'float32');
  return { graph, inputs: differentiable, output, cotangent, feeds };
}

/**
 * The largest relative error, over `wrt`, of the derivatives of sum_i <cotangents_i, outputs_i> that `gradient` gives,
 * against central differences: (f(x + h) - f(x - h)) / 2h for each element, h = 1e-5, all in float64.
 */
export function finiteDifferenceError(
  graph: Graph,
  seeds: readonly { readonly value: Value; readonly cotangent: Value }[],
  wrt: readonly Value[],
  derivatives: readonly Value[],
  feeds: Numbers,
): number {
  const STEP = 1e-5;
  const outputs = Object.fromEntries(seeds.map(({ value }, i) => [`y${i}`, value]));
  const weights = seeds.map(({ cotangent }) => feeds[cotangent.name].data);
  const total = (numbers: Numbers): number => {
    const results = evaluate(graph, outputs, numbers);
    return weights.reduce((sum, weight, i) => weight.reduce((s, w, j) => s + w * results[`y${i}`].data[j], sum), 0);
  };
  const named = Object.fromEntries(derivatives.map((value, i) => [`d${i}`, value]));
  const computed = evaluate(graph, named, feeds);
  const errors = wrt.map((input, i) => {
    const { shape, data } = feeds[input.name];
    if (computed[`d${i}`].shape.join() !== shape.join()) return Infinity;
    const shifted = data.slice();
    const numbers = { ...feeds, [input.name]: { shape, data: shifted } };
    const expected = data.map((value, j) => {
      shifted[j] = value + STEP;
      const above = total(numbers);
      shifted[j] = value - STEP;
      const under = total(numbers);
      shifted[j] = value;
      return (above - under) / (2 * STEP);
    });
    // Rounding leaves about 1e-10 where a derivative is 0: below 1e-3 the error counts absolutely.
    const difference = maxAbs(expected.map((value, j) => value - computed[`d${i}`].data[j]));
    return difference / Math.max(maxAbs(expected), 1e-3);
  });
  return maxAbs(errors);
}

/** The error of the first derivatives with respect to every float input. */
export function firstOrderError({ graph, inputs, output, cotangent, feeds }: BuiltCase): number {
  const seeds = [{ value: output, cotangent }];
  return finiteDifferenceError(graph, seeds, inputs, gradient(seeds, inputs), feeds);
}

/** The error of the derivatives of the first derivatives, with respect to every float input and to the cotangent. */
export function secondOrderError({ graph, inputs, output, cotangent, feeds }: BuiltCase): number {
  const random = uniforms(2);
  const first = gradient([{ value: output, cotangent }], inputs);
  const numbers = { ...feeds };
  const seeds = first.map((value, i) => {
    const direction = graph.input(`direction${i}`, 'float32', value.shape);
    numbers[direction.name] = fill(feeds[inputs[i].name].shape, () => Math.fround(eitherSign(random)));
    return { value, cotangent: direction };
  });
  const wrt = [...inputs, cotangent];
  return finiteDifferenceError(graph, seeds, wrt, gradient(seeds, wrt), numbers);
}

/** The largest relative error, over the outputs, of ONNX Runtime's float32 results against the interpreter. */
export async function runtimeError(graph: Graph, outputs: Outputs, feeds: Numbers): Promise<number> {
  const expected = evaluate(graph, outputs, feeds);
  const results = await runGraph(graph, outputs, feeds);
  const errors = Object.keys(outputs).map(name =>
    results[name].shape.join() === expected[name].shape.join()
      ? relativeError(results[name].data, expected[name].data)
      : Infinity,
  );
  return maxAbs(errors);
}

/** The outputs as ONNX Runtime computes them on the CPU. */
export async function runGraph(
  graph: Graph,
  outputs: Outputs,
  feeds: Numbers,
  threads = 1,
): Promise<Record<string, { shape: readonly number[]; data: number[] }>> {
  const model = encodeModel(graph, outputs);
  const session = await createSession(model, { threads });
  try {
    const fed: Record<string, Tensor> = {};
    for (const input of model.inputs) {
      const numbers = feeds[input.name];
      fed[input.name] = tensor(typed(input, numbers), numbers.shape);
    }
    const results = await session.run(fed);
    return Object.fromEntries(
      Object.entries(results).map(([name, result]) => {
        const data = Array.from(result.data as ArrayLike<number | bigint>, Number);
        return [name, { shape: result.dims, data }];
      }),
    );
  } finally {
    await session.dispose();
  }
}

function typed(input: Value, { data }: NumberTensor): Float32Array | BigInt64Array | Uint8Array {
  if (input.dtype === 'int64') return BigInt64Array.from(data, BigInt);
  return input.dtype === 'bool' ? Uint8Array.from(data) : Float32Array.from(data);
}

function sized(shape: Shape, sizes: Readonly<Record<string, number>>): number[] {
  return shape.map(dimension => (typeof dimension === 'number' ? dimension : sizes[dimension]));
}

function eitherSign(random: () => number): number {
  return (random() < 0.5 ? -1 : 1) * (0.3 + 1.7 * random());
}
