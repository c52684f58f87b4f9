/** Encoders that are stored as [dModel, nFeatures], in 32 and 16 bits, whole and in pieces. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { writeSafetensors } from '../../../src/checkpoint/index.ts';
import { openDictionary, preActivations } from '../../../src/dictionary/index.ts';
import { SparseEncoder } from '../../../src/dictionary/sparse-encoder.ts';
import { createSession, encodeModel, Graph, tensor } from '../../../src/onnx/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const CONFIG = `model_kind: transcoder_set
feature_input_hook: mlp.hook_in
feature_output_hook: hook_mlp_out
transcoders: [files/params.safetensors]
`;

/** Small multiples of 1/8: exact in 16 bits and in sums. */
const weight = (d: number, feature: number): number => (((d * 31 + feature * 17) % 23) - 11) / 8;

for (const [dtype, D, F] of [
  ['F32', 6, 50],
  ['F16', 6, 50],
  ['BF16', 6, 50],
  // Above 2^24 values: cast in pieces of rows, which are summands here; the last piece is smaller.
  ['F16', 37, 2 ** 19],
] as const) {
  describe(`GemmaScope 2, [${D}, ${F}] in ${dtype}`, () => {
    test('pre-activations, active features and rows are those of the matrix turned round', async t => {
      const folder = await temporaryFolder(t);
      await mkdir(join(folder, 'files'));
      await writeFile(join(folder, 'config.yaml'), CONFIG);
      const encoder = new Float32Array(D * F);
      for (let d = 0; d < D; d++) for (let f = 0; f < F; f++) encoder[d * F + f] = weight(d, f);
      const bias = Float32Array.from({ length: F }, (_, f) => (f % 5) / 4);
      const zeros = (length: number) => new Float32Array(length);
      const x = Float32Array.from({ length: 2 * D }, (_, i) => ((i * 7) % 13) / 4 - 1);
      // [2, F]
      const expected = new Float64Array(2 * F);
      for (const row of [0, 1]) {
        for (let f = 0; f < F; f++) {
          let sum = bias[f];
          for (let d = 0; d < D; d++) sum += x[row * D + d] * encoder[d * F + f];
          expected[row * F + f] = sum;
        }
      }
      const threshold = expected.slice().sort()[Math.floor(1.8 * F)];
      await writeSafetensors(join(folder, 'files/params.safetensors'), [
        { name: 'w_enc', dtype, shape: [D, F], data: encoder },
        { name: 'w_dec', dtype, shape: [F, D], data: zeros(F * D) },
        { name: 'b_enc', dtype: 'F32', shape: [F], data: bias },
        { name: 'b_dec', dtype: 'F32', shape: [D], data: zeros(D) },
        { name: 'threshold', dtype: 'F32', shape: [F], data: zeros(F).fill(threshold) },
      ]);
      const dictionary = await openDictionary(folder);

      const graph = new Graph();
      const pre = preActivations(dictionary, 0, graph.input('x', 'float32', ['rows', D]));
      const session = await createSession(encodeModel(graph, { pre }), { threads: 1 });
      const result = (await session.run({ x: tensor(x, [2, D]) })).pre.data as Float32Array;
      await session.dispose();
      assert.deepEqual(Float64Array.from(result), expected);

      const sparse = new SparseEncoder(dictionary, { threads: 1 });
      const rows = await sparse.encode(0, x);
      // Biases alone reach no threshold: nothing is active.
      const nothing = await sparse.encode(0, zeros(2 * D));
      assert.deepEqual([[...nothing.rowStart], nothing.features.length], [[0, 0, 0], 0]);
      await sparse.dispose();
      for (const row of [0, 1]) {
        const active = [...rows.features.slice(rows.rowStart[row], rows.rowStart[row + 1])];
        const all = Array.from({ length: F }, (_, f) => f).filter(f => expected[row * F + f] > threshold);
        assert.deepEqual(active, all);
        assert.ok(active.length > 0 && active.length < F / 2);
      }
      const features = [F - 1, 0, 7, 7];
      const turned = features.flatMap(f => Array.from({ length: D }, (_, d) => weight(d, f)));
      assert.deepEqual([...(await dictionary.encoderRows(0, features))], turned);
    });
  });
}
