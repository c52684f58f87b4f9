/** The bytes of `encodeModel`, decoded by a Protocol Buffers library with the published schema of ONNX. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { fromBinary } from '@bufbuild/protobuf';
import {
  AttributeProto_AttributeType,
  ModelProtoSchema,
  TensorProto_DataLocation,
  TensorProto_DataType,
  type GraphProto,
  type ModelProto,
  type ValueInfoProto,
} from 'onnx-buf';
import * as op from '../../../src/onnx/index.ts';
import { normals } from '../../support/random.ts';
import { temporaryFolder } from '../../support/temporary.ts';

function decode(graph: op.Graph, outputs: Readonly<Record<string, op.Value>>): { model: ModelProto; body: GraphProto } {
  const model = fromBinary(ModelProtoSchema, op.encodeModel(graph, outputs).bytes);
  assert.deepEqual(unknownFields(model), [], 'fields that the schema does not have');
  return { model, body: model.graph! };
}

/** Fields of any message inside that the schema does not know: a wrong field number would show here. */
function unknownFields(value: unknown): unknown[] {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return [];
  return Object.entries(value).flatMap(([key, item]: [string, unknown]) =>
    key === '$unknown' ? [item] : unknownFields(item),
  );
}

function shapeOf(info: ValueInfoProto): readonly (number | string)[] {
  const type = info.type!.value;
  assert.equal(type.case, 'tensorType');
  if (type.case !== 'tensorType') return [];
  assert.equal(type.value.elemType, TensorProto_DataType.FLOAT);
  return type.value.shape!.dim.map(({ value }) => (value.case === 'dimParam' ? value.value : Number(value.value)));
}

describe('encodeModel', () => {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['tokens', 3]);
  const unused = graph.input('unused', 'float32', [2]);
  const weight = graph.constant(Float32Array.of(1, 2, 3, 4, 5, -0.5), [2, 3]);
  const hidden = op.linear(x, weight);
  const dead = op.exp(op.add(unused, 7.25));
  const attended = op.softmax(op.transpose(hidden, [1, 0]));
  const top = op.topK(attended, 1, { sorted: true });
  const outputs = {
    'a name: with signs/é': attended,
    hidden,
    again: hidden,
    input: x,
    indices: op.cast(top.indices, 'float32'),
  };
  const { model, body } = decode(graph, outputs);

  test('versions, operator sets and the producer', () => {
    assert.equal(model.irVersion, 10n);
    assert.equal(model.producerName, 'circuit-explorer');
    assert.deepEqual(
      model.opsetImport.map(({ domain, version }) => [domain, version]),
      [['', 21n], ['com.microsoft', 1n]], // prettier-ignore
    );
  });

  test('nodes in order, dead ones absent, each output an Identity', () => {
    assert.deepEqual(
      body.node.map(({ opType, domain }) => (domain === '' ? opType : `${domain}.${opType}`)),
      ['com.microsoft.FusedMatMul', 'Transpose', 'Softmax', 'TopK', 'Cast', ...Array<string>(5).fill('Identity')],
    );
    assert.ok(!body.node.some(({ input }) => input.some(name => name === dead.name || name === unused.name)));
    const known = new Set([...body.input.map(({ name }) => name), ...body.initializer.map(({ name }) => name)]);
    for (const { input, output } of body.node) {
      for (const name of input) assert.ok(known.has(name), `${name} is used before it is made`);
      for (const name of output) {
        assert.ok(!known.has(name), `${name} is made twice`);
        known.add(name);
      }
    }
    assert.deepEqual(body.node.find(({ opType }) => opType === 'TopK')!.output.length, 2);
  });

  test('attributes with their types', () => {
    const attributes = body.node.flatMap(({ attribute }) => attribute);
    const integers = attributes.filter(({ type }) => type === AttributeProto_AttributeType.INT);
    assert.deepEqual(
      Object.fromEntries(integers.map(({ name, i }) => [name, i])),
      { transA: 0n, transB: 1n, axis: 1n, largest: 1n, sorted: 1n, to: 1n }, // prettier-ignore
    );
    const softmax = body.node.find(({ opType }) => opType === 'Softmax')!;
    assert.deepEqual(softmax.attribute.map(({ name, i }) => [name, i]), [['axis', -1n]]); // prettier-ignore
    const [permutation] = body.node.find(({ opType }) => opType === 'Transpose')!.attribute;
    assert.equal(permutation.type, AttributeProto_AttributeType.INTS);
    assert.deepEqual(permutation.ints, [1n, 0n]);
    const scatter = new op.Graph();
    const places = scatter.input('places', 'int64', [1, 1]);
    const made = op.scatterElementsAdd(
      scatter.input('t', 'float32', [1, 4]),
      places,
      scatter.input('u', 'float32', [1, 1]),
    );
    const [node] = decode(scatter, { made }).body.node;
    const reduction = node.attribute.find(({ name }) => name === 'reduction')!;
    assert.equal(reduction.type, AttributeProto_AttributeType.STRING);
    assert.equal(Buffer.from(reduction.s).toString(), 'add');
    const float = new op.Graph();
    const y = float.node('LeakyRelu', [float.input('x', 'float32', [1])], [{ dtype: 'float32', shape: [1] }], {
      attributes: { alpha: { float: 0.25 } },
    });
    const [alpha] = decode(float, { y: y[0] }).body.node[0].attribute;
    assert.deepEqual([alpha.type, alpha.f], [AttributeProto_AttributeType.FLOAT, 0.25]);
  });

  test('inputs and outputs with their names and named dimensions; unused inputs absent', () => {
    assert.deepEqual(body.input.map(info => [info.name, shapeOf(info)]), [['x', ['tokens', 3]]]); // prettier-ignore
    assert.deepEqual(
      body.output.map(info => [info.name, shapeOf(info)]),
      [
        ['a name: with signs/é', [2, 'tokens']],
        ['hidden', ['tokens', 2]],
        ['again', ['tokens', 2]],
        ['input', ['tokens', 3]],
        ['indices', [2, 1]],
      ],
    );
  });

  test('constants with their bytes, and only those that are used', () => {
    assert.equal(body.initializer.length, 2);
    const stored = body.initializer.find(({ name }) => name === weight.name)!;
    assert.deepEqual([stored.dims, stored.dataType], [[2n, 3n], TensorProto_DataType.FLOAT]);
    assert.deepEqual([...new Float32Array(stored.rawData.slice().buffer)], [1, 2, 3, 4, 5, -0.5]);
    const k = body.initializer.find(({ name }) => name !== weight.name)!;
    assert.deepEqual([k.dims, k.dataType], [[1n], TensorProto_DataType.INT64]);
    assert.deepEqual([...new BigInt64Array(k.rawData.slice().buffer)], [1n]);
  });

  test('a constant that is a view into a larger array stores its part only', () => {
    const view = new op.Graph();
    const part = view.constant(Float32Array.of(9, 8, 7, 6).subarray(1, 3), [2]);
    const [stored] = decode(view, { y: op.exp(part) }).body.initializer;
    assert.deepEqual([...new Float32Array(stored.rawData.slice().buffer)], [8, 7]);
  });

  test('negative and large integers', () => {
    const big = new op.Graph();
    const numbers = [-1, 2 ** 40, -(2 ** 52), 127, 128, 0];
    const [node] = big.node('Identity', [big.integers(numbers)], [{ dtype: 'float32', shape: [6] }], {
      attributes: { list: numbers, one: -(2 ** 40) },
    });
    const { body: decoded } = decode(big, { node });
    assert.deepEqual(decoded.node[0].attribute[0].ints, numbers.map(BigInt));
    assert.equal(decoded.node[0].attribute[1].i, -(2n ** 40n));
    assert.deepEqual([...new BigInt64Array(decoded.initializer[0].rawData.slice().buffer)], numbers.map(BigInt));
  });

  test('the same graph gives the same bytes', () => {
    assert.deepEqual(op.encodeModel(graph, outputs).bytes, op.encodeModel(graph, outputs).bytes);
  });

  test('an output may not take the name of another value', () => {
    assert.throws(() => op.encodeModel(graph, { x: hidden }), /both named x/);
    assert.throws(() => op.encodeModel(graph, { [hidden.name]: attended }), /both named/);
    assert.ok(op.encodeModel(graph, { unused: hidden }).bytes.length > 0);
  });

  test('weights as external data: location, offset and length of each', async context => {
    const folder = await temporaryFolder(context);
    await writeFile(join(folder, 'one.safetensors'), new Uint8Array(100));
    await writeFile(join(folder, 'two.safetensors'), new Uint8Array(100));
    const weighted = new op.Graph();
    const add = (name: string, dtype: op.DataType, shape: op.Shape, file: string, offset: number, byteLength: number) =>
      op.cast(weighted.weight(name, dtype, shape, { path: join(folder, file), offset, byteLength }), 'float32');
    const a = add('model.embed', 'bfloat16', [2, 3], 'one.safetensors', 17, 12);
    const b = add('half', 'float16', [3], 'two.safetensors', 0, 6);
    add('unused', 'float32', [1], 'missing.safetensors', 0, 4);
    const { bytes, weightsFolder, weightFiles } = op.encodeModel(weighted, { y: op.add(a, b) });
    const { initializer } = fromBinary(ModelProtoSchema, bytes).graph!;
    assert.equal(weightsFolder, folder);
    assert.deepEqual(weightFiles.map(file => file.bytes), [29, 6]); // prettier-ignore
    assert.deepEqual(
      initializer.map(({ dims, dataType, dataLocation, externalData }) => [
        dims,
        dataType,
        dataLocation,
        Object.fromEntries(externalData.map(({ key, value }) => [key, value])),
      ]),
      [
        [[2n, 3n], TensorProto_DataType.BFLOAT16, TensorProto_DataLocation.EXTERNAL, entries('one', 17, 12)],
        [[3n], TensorProto_DataType.FLOAT16, TensorProto_DataLocation.EXTERNAL, entries('two', 0, 6)],
      ],
    );
    assert.ok(initializer.every(({ rawData }) => rawData.length === 0));
  });
});

test('copies of a graph in one model: each has its own inputs, outputs and sizes; they share what is constant', async () => {
  const graph = new op.Graph();
  const x = graph.input('x', 'float32', ['rows', 'columns']);
  const y = graph.input('y', 'float32', ['others', 'columns']);
  const z = op.matmul(op.mul(x, graph.scalar(2)), y, { transposeB: true });
  const outputs = { z, flat: op.reshape(op.add(z, z), ['rows*others']) };
  const model = op.encodeModel(graph, outputs, { copies: 3 });
  const single = op.encodeModel(graph, outputs);
  const written = fromBinary(ModelProtoSchema, model.bytes).graph!;
  assert.equal(written.initializer.length, fromBinary(ModelProtoSchema, single.bytes).graph!.initializer.length);
  assert.deepEqual(model.outputs, ['z', 'flat', 'z.1', 'flat.1', 'z.2', 'flat.2']);
  assert.deepEqual(
    written.input.map(info => [info.name, shapeOf(info)]),
    ['', '.1', '.2'].flatMap(copy => [
      [`x${copy}`, [`rows${copy}`, `columns${copy}`]],
      [`y${copy}`, [`others${copy}`, `columns${copy}`]],
    ]),
  );
  const normal = normals(5);
  const fed = [[2, 3, 4], [1, 1, 1], [5, 2, 0]].map(([rows, columns, others]) => ({
    x: op.tensor(Float32Array.from({ length: rows * columns }, normal), [rows, columns]),
    y: op.tensor(Float32Array.from({ length: others * columns }, normal), [others, columns]),
  })); // prettier-ignore
  const feeds = Object.fromEntries(
    fed.flatMap((feed, copy) => Object.entries(feed).map(([name, value]) => [op.nameOfCopy(name, copy), value])),
  );
  const alone = await op.createSession(single);
  for (const bytes of [model.bytes, model.standardBytes()]) {
    const together = await (await op.createSession({ ...model, bytes })).run(feeds);
    for (const [copy, feed] of fed.entries()) {
      for (const [name, expected] of Object.entries(await alone.run(feed))) {
        const { dims, data } = together[op.nameOfCopy(name, copy)];
        assert.deepEqual([dims, data], [expected.dims, expected.data]);
      }
    }
  }
});

function entries(stem: string, offset: number, length: number): Record<string, string> {
  return { location: `${stem}.safetensors`, offset: String(offset), length: String(length) };
}
