import { elementCount } from '../onnx/shapes.ts';
import { tensor, type Graph, type Tensors, type Value } from '../onnx/index.ts';

/** A tensor that training changes, row-major. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
  data: Float32Array;
}

/** Parameters by name, in a fixed order. */
export type Parameters = ReadonlyMap<string, Parameter>;

export function parameterMap(parameters: readonly Parameter[]): Parameters {
  return new Map(parameters.map(parameter => [parameter.name, parameter]));
}

export function filled(name: string, shape: readonly number[], value: () => number): Parameter {
  return { name, shape, data: Float32Array.from({ length: elementCount(shape) }, value) };
}

export function zeros(name: string, shape: readonly number[]): Parameter {
  return { name, shape, data: new Float32Array(elementCount(shape)) };
}

/** Declares each parameter as an input of `graph` with its own name. */
export function declareParameters(graph: Graph, parameters: Iterable<Parameter>): Map<string, Value> {
  const values = new Map<string, Value>();
  for (const { name, shape } of parameters) values.set(name, graph.input(name, 'float32', shape));
  return values;
}

/** Feeds for parameters that were declared under their names. */
export function parameterFeeds(parameters: Iterable<Parameter>): Tensors {
  const feeds: Record<string, ReturnType<typeof tensor>> = {};
  for (const { name, shape, data } of parameters) feeds[name] = tensor(data, shape);
  return feeds;
}
