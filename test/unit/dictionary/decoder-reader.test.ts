import assert from 'node:assert/strict';
import { truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  DecoderReader,
  openDictionary,
  writeDictionary,
  type DictionaryWeights,
} from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const N_LAYERS = 3;

/** Small multiples of 1/8: exact in 16 bits, and times a power of two. */
const weight = (layer: number, feature: number, output: number, d: number): number =>
  (((layer * 7 + feature * 17 + output * 5 + d * 31) % 23) - 11) / 8;

function weightsOf(
  kind: DictionaryWeights['kind'],
  dtype: DictionaryWeights['dtype'],
  dModel: number,
  nFeatures: number,
): DictionaryWeights {
  const layers = Array.from({ length: N_LAYERS }, (_, layer) => {
    const outputs = kind === 'plt' ? 1 : N_LAYERS - layer;
    return {
      wEnc: new Float32Array(nFeatures * dModel),
      bEnc: new Float32Array(nFeatures),
      bDec: new Float32Array(dModel),
      wDec: Float32Array.from({ length: nFeatures * outputs * dModel }, (_, i) => {
        const row = Math.floor(i / dModel);
        return weight(layer, Math.floor(row / outputs), row % outputs, i % dModel);
      }),
    };
  });
  return { kind, dtype, dModel, modelName: 'tiny', inputHook: 'mlp.hook_in', outputHook: 'mlp.hook_out', layers };
}

describe('what features write', () => {
  for (const [kind, dtype, dModel, nFeatures] of [
    ['plt', 'F32', 6, 50],
    ['clt', 'F32', 6, 50],
    ['clt', 'F16', 6, 50],
    ['clt', 'BF16', 6, 50],
    // More values than a run has.
    ['clt', 'F16', 2 ** 12, 300],
  ] as const) {
    test(`${kind}, [${nFeatures}, ${dModel}] in ${dtype}: rows of chosen features, scaled, in the order given`, async t => {
      const folder = await temporaryFolder(t);
      await writeDictionary(folder, weightsOf(kind, dtype, dModel, nFeatures));
      const dictionary = await openDictionary(folder);
      const features = Uint32Array.from({ length: nFeatures }, (_, i) => (i * 29 + 3) % nFeatures);
      features[1] = features[0];
      const scales = Float32Array.from(features, (_, i) => 2 ** ((i % 4) - 1));
      for (const [layer, output] of kind === 'plt'
        ? [[1, 1]]
        : [
            [0, 0],
            [0, 2],
            [1, 2],
          ]) {
        const expected = Array.from(features).flatMap((feature, i) =>
          Array.from({ length: dModel }, (_, d) => scales[i] * weight(layer, feature, output - layer, d)),
        );
        for (const mapped of [true, false]) {
          const reader = new DecoderReader(dictionary, { threads: 1, mapped });
          const read: number[] = [];
          await reader.prepare(layer, features);
          await reader.read(layer, output, { features, scales }, (first, values) => {
            assert.equal(first * dModel, read.length);
            for (const value of values) read.push(value);
          });
          await reader.dispose();
          assert.deepEqual(read, expected);
        }
      }
    });
  }

  for (const mapped of [true, false]) {
    test(`${mapped ? 'mapped' : 'read'}: a file that has become shorter is an error, and so is a cancelled task`, async t => {
      const folder = await temporaryFolder(t);
      await writeDictionary(folder, weightsOf('clt', 'F32', 6, 50));
      const reader = new DecoderReader(await openDictionary(folder), { threads: 1, mapped });
      const wanted = { features: Uint32Array.of(49), scales: Float32Array.of(1) };
      let taken = 0;
      const take = (): void => {
        taken++;
      };
      await reader.prepare(0, wanted.features);
      await reader.read(0, 0, wanted, take);
      const task = { signal: AbortSignal.abort() };
      await assertFails(() => reader.read(0, 0, wanted, take, task), 'cancelled');
      await truncate(join(folder, 'W_dec_0.safetensors'), 1000);
      if (!mapped) await assertFails(() => reader.prepare(0, wanted.features), 'file-damaged', 'W_dec_0.safetensors');
      await assertFails(() => reader.read(0, 0, wanted, take), 'file-damaged', 'W_dec_0.safetensors');
      assert.equal(taken, 1);
      await reader.dispose();
    });
  }
});
