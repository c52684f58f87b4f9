import { locateWeights, type WeightFile } from './external-weights.ts';
import { liveNodes, type Constant, type Graph, type Outputs, type Value, type Weight } from './graph.ts';
import { ONNX_TYPE } from './ops/arithmetic.ts';
import { ProtobufWriter } from './protobuf.ts';
import { asWritten, inStandardOperators, type WrittenNode } from './standard-nodes.ts';
import type { Attribute, Shape } from './types.ts';

/** ONNX IR and operator set versions that ONNX Runtime 1.30 reads; field numbers below are those of onnx.proto. */
const IR_VERSION = 10;
const OPERATOR_SET = 21;
const CONTRIB_DOMAIN = 'com.microsoft';
const EXTERNAL_LOCATION = 1;

/** A model in memory, and the folder that its external weights are relative to. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  /** The same in operators of ONNX's own set alone, written when it is first asked for (`inStandardOperators`). */
  readonly standardBytes: () => Uint8Array;
  readonly weightsFolder: string | undefined;
  readonly weightFiles: readonly WeightFile[];
  /** Of one copy. */
  readonly inputs: readonly Value[];
  readonly outputs: readonly string[];
}

/**
 * Writes the part of `graph` that `outputs` depend on as a ModelProto. Output names are the keys of `outputs`. Weights
 * become external data, relative to the folder that holds all their files. Fails when a file is missing or too short.
 *
 * With `copies` the model has the graph so many times, side by side, each with inputs, outputs and named sizes of its own
 * (`nameOfCopy`), but the same constants and weights: one run for what would take several.
 */
export function encodeModel(graph: Graph, outputs: Outputs, { copies = 1 } = {}): OnnxModel {
  const { nodes, values } = liveNodes(graph, outputs);
  const weights = graph.weights.filter(weight => values.has(weight.value));
  const inputs = graph.inputs.filter(input => values.has(input));
  const { folder, locations, files } = locateWeights(weights);
  const taken = new Set([...values].map(value => value.name));
  const clash = Object.keys(outputs).find(name => taken.has(name));
  if (clash !== undefined) throw new TypeError(`an output and another value are both named ${clash}`);

  const numbers = Array.from({ length: copies }, (_, copy) => copy);
  const shared = new Set([...graph.constants, ...graph.weights].map(({ value }) => value.name));

  const write = (written: readonly WrittenNode[]): Uint8Array => {
    const body = new ProtobufWriter();
    for (const copy of numbers) {
      const nameOf = (name: string): string => (shared.has(name) ? name : nameOfCopy(name, copy));
      for (const node of written) body.message(1, encodeNode(node, nameOf));
      // An output that has a name of its own is an Identity of the value, which the runtime removes.
      for (const [name, value] of Object.entries(outputs)) {
        body.message(
          1,
          new ProtobufWriter().text(1, nameOf(value.name)).text(2, nameOfCopy(name, copy)).text(4, 'Identity'),
        );
      }
    }
    body.text(2, 'circuit');
    for (const constant of graph.constants) if (values.has(constant.value)) body.message(5, encodeConstant(constant));
    weights.forEach((weight, index) => body.message(5, encodeWeight(weight, locations[index])));
    for (const copy of numbers) {
      for (const input of inputs) body.message(11, encodeValueInfo(input.name, input, copy));
      for (const [name, value] of Object.entries(outputs)) body.message(12, encodeValueInfo(name, value, copy));
    }
    return new ProtobufWriter()
      .integer(1, IR_VERSION)
      .text(2, 'circuit-explorer')
      .message(7, body)
      .message(8, new ProtobufWriter().text(1, '').integer(2, OPERATOR_SET))
      .message(8, new ProtobufWriter().text(1, CONTRIB_DOMAIN).integer(2, 1))
      .finish();
  };
  let standard: Uint8Array | undefined;
  return {
    bytes: write(nodes.map(asWritten)),
    standardBytes: () => (standard ??= write(nodes.flatMap(inStandardOperators))),
    weightsFolder: folder,
    weightFiles: files,
    inputs,
    outputs: numbers.flatMap(copy => Object.keys(outputs).map(name => nameOfCopy(name, copy))),
  };
}

/** What an input, an output or a named size is called in one of several copies of a graph; in the first, as in the graph. */
export function nameOfCopy(name: string, copy: number): string {
  return copy === 0 ? name : `${name}.${copy}`;
}

function encodeNode(node: WrittenNode, nameOf: (name: string) => string): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.text(1, nameOf(input));
  for (const output of node.outputs) writer.text(2, nameOf(output));
  writer.text(4, node.op);
  for (const [name, value] of Object.entries(node.attributes)) writer.message(5, encodeAttribute(name, value));
  if (node.domain !== '') writer.text(7, node.domain);
  return writer;
}

function encodeAttribute(name: string, value: Attribute): ProtobufWriter {
  const writer = new ProtobufWriter().text(1, name);
  if (typeof value === 'number') return writer.integer(3, value).integer(20, 2);
  if (typeof value === 'string') return writer.text(4, value).integer(20, 3);
  if ('float' in value) return writer.float(2, value.float).integer(20, 1);
  for (const item of value) writer.integer(8, item);
  return writer.integer(20, 7);
}

function encodeTensorHead(value: Value): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const dimension of value.shape) writer.integer(1, Number(dimension));
  return writer.integer(2, ONNX_TYPE[value.dtype]).text(8, value.name);
}

function encodeConstant({ value, data }: Constant): ProtobufWriter {
  return encodeTensorHead(value).bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
}

function encodeWeight({ value, external }: Weight, location: string): ProtobufWriter {
  const writer = encodeTensorHead(value);
  const entries = { location, offset: String(external.offset), length: String(external.byteLength) };
  for (const [key, text] of Object.entries(entries))
    writer.message(13, new ProtobufWriter().text(1, key).text(2, text));
  return writer.integer(14, EXTERNAL_LOCATION);
}

function encodeValueInfo(name: string, value: Value, copy: number): ProtobufWriter {
  const tensorType = new ProtobufWriter().integer(1, ONNX_TYPE[value.dtype]).message(2, encodeShape(value.shape, copy));
  return new ProtobufWriter().text(1, nameOfCopy(name, copy)).message(2, new ProtobufWriter().message(1, tensorType));
}

function encodeShape(shape: Shape, copy: number): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const dimension of shape) {
    const entry = new ProtobufWriter();
    writer.message(
      1,
      typeof dimension === 'number' ? entry.integer(1, dimension) : entry.text(2, nameOfCopy(dimension, copy)),
    );
  }
  return writer;
}
