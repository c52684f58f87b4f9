import { realpathSync } from 'node:fs';
import path from 'node:path';
import { CircuitError } from '../errors.ts';
import { liveNodes, type Constant, type Graph, type Outputs, type Weight } from './graph.ts';
import { ONNX_TYPE } from './ops/arithmetic.ts';
import { ProtobufWriter } from './protobuf.ts';
import type { Attribute, GraphNode, Shape, Value } from './types.ts';

/** ONNX IR and operator set versions that ONNX Runtime 1.30 reads; field numbers below are those of onnx.proto. */
const IR_VERSION = 10;
const OPERATOR_SET = 21;
const CONTRIB_DOMAIN = 'com.microsoft';
const EXTERNAL_LOCATION = 1;

/** A model in memory, and the folder that its external weights are relative to. */
export interface OnnxModel {
  readonly bytes: Uint8Array;
  readonly weightsFolder: string | undefined;
  readonly inputs: readonly Value[];
  readonly outputs: readonly string[];
}

/**
 * Writes the part of `graph` that `outputs` depend on as a ModelProto. Output names are the keys of `outputs`. Weights
 * become external data: paths are resolved (a Hugging Face cache is made of links) and stored relative to their nearest
 * common folder, as ONNX Runtime refuses paths that leave the model's folder.
 */
export function encodeModel(graph: Graph, outputs: Outputs): OnnxModel {
  const { nodes, values } = liveNodes(graph, outputs);
  const weights = graph.weights.filter(weight => values.has(weight.value));
  const inputs = graph.inputs.filter(input => values.has(input));
  const { folder, locations } = locateWeights(weights);

  const body = new ProtobufWriter();
  for (const node of nodes) body.message(1, encodeNode(node));
  // An output that has a name of its own is an Identity of the value, which the runtime removes.
  for (const [name, value] of Object.entries(outputs)) {
    body.message(1, new ProtobufWriter().text(1, value.name).text(2, name).text(4, 'Identity'));
  }
  body.text(2, 'circuit');
  for (const constant of graph.constants) if (values.has(constant.value)) body.message(5, encodeConstant(constant));
  weights.forEach((weight, index) => body.message(5, encodeWeight(weight, locations[index])));
  for (const input of inputs) body.message(11, encodeValueInfo(input.name, input));
  for (const [name, value] of Object.entries(outputs)) body.message(12, encodeValueInfo(name, value));

  const model = new ProtobufWriter()
    .integer(1, IR_VERSION)
    .text(2, 'circuit-explorer')
    .message(7, body)
    .message(8, new ProtobufWriter().text(1, '').integer(2, OPERATOR_SET))
    .message(8, new ProtobufWriter().text(1, CONTRIB_DOMAIN).integer(2, 1));
  return { bytes: model.finish(), weightsFolder: folder, inputs, outputs: Object.keys(outputs) };
}

function encodeNode(node: GraphNode): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const input of node.inputs) writer.text(1, input.name);
  for (const output of node.outputs) writer.text(2, output.name);
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

function encodeValueInfo(name: string, value: Value): ProtobufWriter {
  const tensorType = new ProtobufWriter().integer(1, ONNX_TYPE[value.dtype]).message(2, encodeShape(value.shape));
  return new ProtobufWriter().text(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}

function encodeShape(shape: Shape): ProtobufWriter {
  const writer = new ProtobufWriter();
  for (const dimension of shape) {
    const entry = new ProtobufWriter();
    writer.message(1, typeof dimension === 'number' ? entry.integer(1, dimension) : entry.text(2, dimension));
  }
  return writer;
}

function locateWeights(weights: readonly Weight[]): { folder: string | undefined; locations: string[] } {
  if (weights.length === 0) return { folder: undefined, locations: [] };
  const resolved = new Map<string, string>();
  for (const { external } of weights) {
    if (!resolved.has(external.path)) resolved.set(external.path, resolveFile(external.path));
  }
  const folder = commonFolder([...resolved.values()]);
  const locations = weights.map(({ external }) =>
    path.relative(folder, resolved.get(external.path)!).split(path.sep).join('/'),
  );
  return { folder, locations };
}

function resolveFile(file: string): string {
  try {
    return realpathSync(file);
  } catch (cause) {
    throw new CircuitError(
      'file-missing',
      `The weights file ${file} cannot be read.`,
      'Restore it or import the model again.',
      { cause },
    );
  }
}

function commonFolder(files: readonly string[]): string {
  let folder = path.dirname(files[0]);
  for (const file of files) {
    while (path.relative(folder, file).startsWith('..') || path.isAbsolute(path.relative(folder, file))) {
      const parent = path.dirname(folder);
      if (parent === folder) {
        throw new CircuitError(
          'file-unsupported',
          `${files[0]} and ${file} lie on different drives.`,
          'Move the model and its dictionary to the same drive.',
        );
      }
      folder = parent;
    }
  }
  return folder;
}
