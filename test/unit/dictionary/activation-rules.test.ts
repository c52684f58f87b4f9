/** Where the published rules are easily missed: a threshold is passed strictly, and TopK keeps negative values. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { writeSafetensors } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { SparseEncoder } from '../../../src/dictionary/sparse-encoder.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const WIDTH = 4;

/** A dictionary of one layer whose features read one coordinate each. */
async function encode(t: TestContext, settings: string, thresholds: number[] | undefined, x: number[]) {
  const folder = await temporaryFolder(t);
  const hooks = 'feature_input_hook: mlp.hook_in\nfeature_output_hook: hook_mlp_out\n';
  await writeFile(join(folder, 'config.yaml'), `model_kind: transcoder_set\n${hooks}${settings}`);
  const identity = Float32Array.from({ length: WIDTH ** 2 }, (_, i) => Number(i % (WIDTH + 1) === 0));
  const vector = (name: string, values: ArrayLike<number>) =>
    ({ name, dtype: 'F32', shape: [WIDTH], data: Float32Array.from(values) }) as const;
  await writeSafetensors(join(folder, 'layer_0.safetensors'), [
    { name: 'W_enc', dtype: 'F32', shape: [WIDTH, WIDTH], data: identity },
    { name: 'W_dec', dtype: 'F32', shape: [WIDTH, WIDTH], data: identity },
    vector('b_enc', [0, 0, 0, 0]),
    vector('b_dec', [0, 0, 0, 0]),
    ...(thresholds === undefined ? [] : [vector('activation_function.threshold', thresholds)]),
  ]);
  const encoder = new SparseEncoder(await openDictionary(folder), { threads: 1 });
  t.after(() => encoder.dispose());
  const { features, values } = await encoder.encode(0, Float32Array.from(x));
  return Object.fromEntries(Array.from(features, (feature, i) => [feature, values[i]]));
}

describe('which features are active', () => {
  test('JumpReLU: above the threshold, not at it; below 0 where the threshold is', async t => {
    const above = 0.5 + 2 ** -24;
    const active = await encode(t, '', [0.5, 0.5, 0, -2], [0.5, above, 0, -1]);
    assert.deepEqual(active, { 1: above, 3: -1 });
  });

  test('ReLU: above 0', async t => {
    assert.deepEqual(await encode(t, 'activation: relu\n', undefined, [0, -1, 2 ** -126, 3]), { 2: 2 ** -126, 3: 3 });
  });

  test('TopK: the k largest, negative ones too, by value and not by magnitude', async t => {
    assert.deepEqual(await encode(t, 'activation: topk\nk: 2\n', undefined, [-3, -1, -7, -2]), { 1: -1, 3: -2 });
    assert.deepEqual(await encode(t, 'activation: topk\nk: 3\n', undefined, [-3, 1, -7, 2]), { 0: -3, 1: 1, 3: 2 });
  });
});
