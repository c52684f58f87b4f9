/** Weights that stay in their files: reading them through ONNX Runtime, and what happens when the files are not right. */
import assert from 'node:assert/strict';
import { mkdir, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import * as op from '../../../src/onnx/index.ts';
import { runtimeError } from '../../support/onnx-derivatives.ts';
import { fill } from '../../support/onnx-numbers.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { uniforms } from '../../support/random.ts';

const SHAPE = [5, 7];
const COUNT = 35;

/** Bytes in which every tensor starts at an odd offset. */
function weightBytes(): Buffer {
  const random = uniforms(3);
  const bytes = Buffer.alloc(1 + 4 * COUNT + 2 + 2 * COUNT + 2 + 2 * COUNT);
  for (let i = 0; i < COUNT; i++) {
    const value = 4 * random() - 2;
    bytes.writeFloatLE(value, OFFSET.float32 + 4 * i);
    // 5 exponent bits in 13 to 28 of a half; the upper half of a float32 is a bfloat16.
    bytes.writeUInt16LE(((i % 2) << 15) | ((13 + (i % 5)) << 10) | Math.floor(1024 * random()), OFFSET.float16 + 2 * i);
    const wide = Buffer.alloc(4);
    wide.writeFloatLE(value);
    bytes.writeUInt16LE(wide.readUInt16LE(2), OFFSET.bfloat16 + 2 * i);
  }
  return bytes;
}

const OFFSET = { float32: 1, float16: 3 + 4 * COUNT, bfloat16: 5 + 6 * COUNT };

function weight(graph: op.Graph, path: string, dtype: keyof typeof OFFSET, offset = OFFSET[dtype]): op.Value {
  const byteLength = COUNT * (dtype === 'float32' ? 4 : 2);
  return op.cast(graph.weight(`layer.${dtype}`, dtype, SHAPE, { path, offset, byteLength }), 'float32');
}

function addTo(graph: op.Graph, w: op.Value): op.Value {
  return op.add(w, graph.input('x', 'float32', SHAPE));
}

const zeros = { x: fill(SHAPE, () => 0) };

async function weightsFile(context: Parameters<typeof temporaryFolder>[0]): Promise<{ folder: string; path: string }> {
  const folder = await temporaryFolder(context);
  const path = join(folder, 'model.safetensors');
  await writeFile(path, weightBytes());
  return { folder, path };
}

describe('external weights', () => {
  for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
    test(`${dtype} at an odd offset`, async context => {
      const { path } = await weightsFile(context);
      const graph = new op.Graph();
      const y = addTo(graph, weight(graph, path, dtype));
      assert.equal(await runtimeError(graph, { y }, zeros), 0);
    });
  }

  test('one weight in both directions', async context => {
    const { path } = await weightsFile(context);
    const graph = new op.Graph();
    const x = graph.input('x', 'float32', ['tokens', 7]);
    const y = op.tanh(op.linear(x, weight(graph, path, 'float32')));
    const [dx] = op.gradient([{ value: y }], [x]);
    const random = uniforms(4);
    const feeds = { x: fill([3, 7], () => Math.fround(random() - 0.5)) };
    assert.ok((await runtimeError(graph, { y, dx }, feeds)) < 1e-5);
    assert.equal(graph.weights.length, 1);
  });

  test('a snapshot that links into another folder, as in a Hugging Face cache', async context => {
    const { folder } = await weightsFile(context);
    await mkdir(join(folder, 'models--a--b/blobs'), { recursive: true });
    await mkdir(join(folder, 'models--a--b/snapshots/1234'), { recursive: true });
    await writeFile(join(folder, 'models--a--b/blobs/abcd'), weightBytes());
    const link = join(folder, 'models--a--b/snapshots/1234/model.safetensors');
    await symlink('../../blobs/abcd', link);
    const graph = new op.Graph();
    const y = addTo(graph, weight(graph, link, 'float32'));
    assert.equal(await runtimeError(graph, { y }, zeros), 0);
    // The model's folder and the dictionary's are different ones.
    const both = op.add(y, weight(graph, join(folder, 'model.safetensors'), 'bfloat16'));
    assert.equal(op.encodeModel(graph, { both }).weightsFolder, folder);
    assert.ok((await runtimeError(graph, { both }, zeros)) < 1e-6);
  });

  test('names with spaces, dots and letters beyond ASCII', async context => {
    const folder = await temporaryFolder(context);
    await mkdir(join(folder, '..modèle 1'));
    const graph = new op.Graph();
    const [first, second] = [join(folder, '..modèle 1', 'poids é.bin'), join(folder, 'b.bin')];
    await writeFile(first, weightBytes());
    await writeFile(second, weightBytes());
    const y = addTo(graph, op.add(weight(graph, first, 'float32'), weight(graph, second, 'float16')));
    assert.equal(op.encodeModel(graph, { y }).weightsFolder, folder);
    assert.ok((await runtimeError(graph, { y }, zeros)) < 1e-6);
  });
});

describe('weights that are not right', () => {
  test('a missing file is named', async context => {
    const { folder, path } = await weightsFile(context);
    const graph = new op.Graph();
    const y = addTo(graph, weight(graph, join(folder, 'absent.safetensors'), 'float32'));
    await assertFails(() => op.encodeModel(graph, { y }), 'file-missing', join(folder, 'absent.safetensors'));
    await assertFails(() => op.encodeModel(graph, { y: folderAsFile(graph, folder) }), 'file-missing', folder);
    await symlink(join(folder, 'nowhere'), join(folder, 'broken'));
    const broken = new op.Graph();
    const z = addTo(broken, weight(broken, join(folder, 'broken'), 'float32'));
    await assertFails(() => op.encodeModel(broken, { z }), 'file-missing', 'broken');
    const present = new op.Graph();
    const model = op.encodeModel(present, { y: addTo(present, weight(present, path, 'float32')) });
    await rm(path);
    await assertFails(() => op.createSession(model), 'file-missing', path);
  });

  test('a tensor that ends beyond the file is named, and nothing crashes', async context => {
    const { path } = await weightsFile(context);
    const graph = new op.Graph();
    const size = weightBytes().length;
    const last = weight(graph, path, 'bfloat16', size - 2 * COUNT);
    assert.ok(op.encodeModel(graph, { y: op.exp(last) }).bytes.length > 0);
    const beyond = weight(graph, path, 'bfloat16', size - 2 * COUNT + 1);
    await assertFails(() => op.encodeModel(graph, { y: op.exp(beyond) }), 'file-damaged', path, 'layer.bfloat16');
    const far = weight(graph, path, 'float32', 2 ** 52);
    await assertFails(() => op.encodeModel(graph, { y: op.exp(far) }), 'file-damaged', path, 'layer.float32');
  });

  test('a file that was cut short after the model was written', async context => {
    const { path } = await weightsFile(context);
    const graph = new op.Graph();
    const model = op.encodeModel(graph, { y: addTo(graph, weight(graph, path, 'bfloat16')) });
    await truncate(path, 20);
    await assertFails(() => op.createSession(model), 'file-damaged', path, '20 bytes');
  });

  test('an offset that is no offset is refused while the graph is built', () => {
    const graph = new op.Graph();
    for (const offset of [-4, 0.5, NaN, 2 ** 53]) {
      assert.throws(() => weight(graph, '/weights', 'float32', offset), /layer.float32 at offset/);
    }
  });
});

/** A weight whose file is a folder. */
function folderAsFile(graph: op.Graph, folder: string): op.Value {
  return op.exp(weight(graph, folder, 'float32'));
}
