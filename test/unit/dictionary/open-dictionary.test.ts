import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openCheckpoint, openSafetensors, readFloat32, readInt64, tensorIn } from '../../../src/checkpoint/index.ts';
import { checkDictionaryFits, openDictionary } from '../../../src/dictionary/index.ts';
import { referenceCase, referenceCases } from '../../support/reference.ts';

const transcoders = async (name: string) => join(await referenceCase(name), 'transcoders');

describe('dictionaries of the reference cases', () => {
  test('have every pair of hooks that is published', async () => {
    const pairs = new Set<string>();
    for (const name of referenceCases) {
      const { inputHook, outputHook } = await openDictionary(join(await referenceCase(name), 'transcoders'));
      pairs.add(`${inputHook} -> ${outputHook}`);
    }
    for (const pair of [
      'ln2.hook_normalized -> hook_mlp_out',
      'mlp.hook_in -> hook_mlp_out',
      'mlp.hook_in -> mlp.hook_out',
      'hook_resid_mid -> mlp.hook_out',
      'hook_resid_mid -> hook_mlp_out',
    ]) {
      assert.ok(pairs.has(pair), pair);
    }
  });

  for (const name of referenceCases) {
    test(`${name}: kind, activation and skip as its name says; rows as circuit-tracer used them`, async () => {
      const dictionary = await openDictionary(await transcoders(name));
      assert.equal(dictionary.kind, name.includes('-clt-') ? 'clt' : 'plt');
      assert.equal(
        dictionary.activation,
        ['jumprelu', 'topk', 'relu'].find(word => name.includes(word)),
      );
      assert.equal(dictionary.k, name.includes('topk') ? 6 : undefined);
      assert.deepEqual([dictionary.nLayers, dictionary.dModel, dictionary.nFeatures], [3, 16, 72]);
      const orientation = dictionary.kind === 'clt' ? 'in-out' : 'out-in';
      for (const { wSkip, threshold } of dictionary.layers) {
        assert.equal(wSkip?.orientation, name.includes('skip') ? orientation : undefined);
        assert.equal(threshold !== undefined, dictionary.activation === 'jumprelu');
      }
      assert.ok(dictionary.featuresDirectory?.endsWith('features'));
      checkDictionaryFits(dictionary, (await openCheckpoint(join(await referenceCase(name), 'model'))).config);
      await dictionary.assertFinite();

      // tensors.safetensors: encoder_vecs [n, D]; decoder_vecs [m, D] = activation x decoder row, with the active
      // feature that each belongs to and the layer that it writes to.
      const file = await openSafetensors(join(await referenceCase(name), 'reference/tensors.safetensors'));
      const indices = [...(await readInt64(tensorIn(file, 'active_indices')))].map(Number);
      const activations = await readFloat32(tensorIn(file, 'active_values'));
      const n = activations.length;
      const encoderVectors = await readFloat32(tensorIn(file, 'encoder_vecs'));
      const decoderVectors = await readFloat32(tensorIn(file, 'decoder_vecs'));
      const map = [...(await readInt64(tensorIn(file, 'encoder_to_decoder_map')))].map(Number);
      const outputLayers = [...(await readInt64(tensorIn(file, 'decoder_locations')))].map(Number).slice(0, map.length);
      for (const [layer, { nOutputs }] of dictionary.layers.entries()) {
        const active = activations.length === 0 ? [] : [...Array(n).keys()].filter(i => indices[i] === layer);
        const features = active.map(i => indices[2 * n + i]);
        const encoders = await dictionary.encoderRows(layer, features);
        active.forEach((i, row) =>
          assert.deepEqual(encoders.slice(row * 16, row * 16 + 16), encoderVectors.slice(i * 16, i * 16 + 16)),
        );
        const decoders = await dictionary.decoderRows(layer, features);
        assert.equal(nOutputs, dictionary.kind === 'clt' ? 3 - layer : 1);
        for (const [m, i] of map.entries()) {
          const row = active.indexOf(i);
          if (row < 0) continue;
          const at = (row * nOutputs + outputLayers[m] - layer) * 16;
          for (let d = 0; d < 16; d++) {
            const expected = decoderVectors[m * 16 + d];
            assert.ok(Math.abs(decoders[at + d] * activations[i] - expected) <= 1e-6 * Math.max(1, Math.abs(expected)));
          }
        }
      }
    });
  }

  test('pre-activations from encoder rows and biases are the reference ones', async () => {
    const name = 'llama3-clt-topk';
    const dictionary = await openDictionary(await transcoders(name));
    const file = await openSafetensors(join(await referenceCase(name), 'reference/tensors.safetensors'));
    const expected = await readFloat32(tensorIn(file, 'pre_activations'));
    const all = Array.from({ length: 24 }, (_, i) => i);
    for (let layer = 0; layer < 3; layer++) {
      // hook_resid_mid is this case's input; the cache has batch size 1: [1, P, D].
      const input = await readFloat32(tensorIn(file, `cache.blocks.${layer}.hook_resid_mid`));
      const rows = await dictionary.encoderRows(layer, all);
      const { bEnc } = await dictionary.biases(layer);
      for (let pos = 1; pos < 7; pos++) {
        for (const feature of all) {
          let sum = bEnc[feature];
          for (let d = 0; d < 16; d++) sum += rows[feature * 16 + d] * input[pos * 16 + d];
          assert.ok(Math.abs(sum - expected[(layer * 7 + pos) * 24 + feature]) < 1e-5);
        }
      }
    }
  });
});
