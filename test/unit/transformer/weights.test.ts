/** Weights that are read in parts give what the whole gives. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  openSafetensors,
  readFloat32,
  storedTensor,
  tensorIn,
  writeSafetensors,
} from '../../../src/checkpoint/index.ts';
import { createSession, encodeModel, Graph, tensor } from '../../../src/onnx/index.ts';
import { rowsOf, tallLinear } from '../../../src/transformer/weights.ts';
import { assertWithin } from '../../support/numbers.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { normals } from '../../support/random.ts';

const [OUTPUTS, INPUTS] = [23, 6];

for (const dtype of ['F32', 'F16', 'BF16'] as const) {
  for (const values of [1, 5 * INPUTS, 1000]) {
    test(`${dtype}: a product in parts of ${values} values, and rows`, async context => {
      const normal = normals(3);
      const path = join(await temporaryFolder(context), 'weights.safetensors');
      const data = Float32Array.from({ length: OUTPUTS * INPUTS }, normal);
      await writeSafetensors(path, [{ name: 'w', dtype, shape: [OUTPUTS, INPUTS], data }]);
      const ref = tensorIn(await openSafetensors(path), 'w');
      const stored = await readFloat32(ref);

      const graph = new Graph();
      const x = graph.input('x', 'float32', ['rows', INPUTS]);
      const picked = graph.input('picked', 'int64', ['n']);
      const weight = storedTensor(graph, ref);
      const outputs = { product: tallLinear(x, weight, values), rows: rowsOf(weight, picked) };
      const casts = graph.nodes.filter(({ op }) => op === 'Cast').length;
      const parts = { 1: OUTPUTS, [5 * INPUTS]: 5, 1000: 0 }[values];
      assert.equal(casts, dtype === 'F32' ? 0 : 2 + parts, 'of the whole, of the rows and of the parts');
      assert.ok(!graph.nodes.some(({ op }) => op === 'Slice'), 'parts are read where they lie, not copied');
      const session = await createSession(encodeModel(graph, outputs), { threads: 1 });
      const input = Float32Array.from({ length: 2 * INPUTS }, normal);
      const result = await session.run({
        x: tensor(input, [2, INPUTS]),
        picked: tensor(BigInt64Array.of(22n, 0n, 7n), [3]),
      });
      await session.dispose();
      const expected = Array.from({ length: 2 * OUTPUTS }, (_, i) => {
        const [row, output] = [Math.floor(i / OUTPUTS), i % OUTPUTS];
        let sum = 0;
        for (let j = 0; j < INPUTS; j++) sum += input[row * INPUTS + j] * stored[output * INPUTS + j];
        return sum;
      });
      assertWithin(result['product'].data as Float32Array, expected, 1e-6, 'product');
      assert.deepEqual(
        Array.from(result['rows'].data as Float32Array),
        [22, 0, 7].flatMap(row => Array.from(stored.subarray(row * INPUTS, (row + 1) * INPUTS))),
      );
    });
  }
}
