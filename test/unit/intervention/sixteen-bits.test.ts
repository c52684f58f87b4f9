import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { readFloat32 } from '../../../src/checkpoint/index.ts';
import { writeDictionary, type Dictionary, type InputHook } from '../../../src/dictionary/index.ts';
import { createIntervention, patch, steer } from '../../../src/intervention/index.ts';
import { relativeError } from '../../support/onnx-numbers.ts';
import { PlainModel } from './plain-model.ts';
import { plainFreeEdits, plainReplacement } from './plain-runs.ts';

const TOLERANCE = 1e-5;
const TOKENS = [0, 5, 11, 3, 29, 5, 17];
const edits = [
  steer({ layer: 0, feature: 9, position: { from: 3 } }, 2),
  patch({ layer: 1, feature: 7, position: 2 }, 1.5),
  steer({ layer: 1, feature: 3, position: { from: 1 } }, -1),
];

/** The same dictionary in another type, said to read another hook. */
async function rewritten(dictionary: Dictionary, dtype: 'F16' | 'BF16', inputHook: InputHook): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'circuit-dictionary-'));
  const layers = dictionary.layers.map(async ({ layer, wEnc, wDec }) => ({
    ...(await dictionary.biases(layer)),
    wEnc: await readFloat32(wEnc),
    wDec: await readFloat32(wDec),
  }));
  await writeDictionary(folder, {
    kind: dictionary.kind,
    dModel: dictionary.dModel,
    modelName: 'rewritten',
    inputHook,
    outputHook: dictionary.outputHook,
    dtype,
    layers: (await Promise.all(layers)).map(({ threshold, ...others }) =>
      threshold === undefined ? others : { ...others, threshold },
    ),
  });
  return folder;
}

describe('a dictionary in 16 bits, at each input hook, equals plain float64 loops', () => {
  for (const [name, dtype, hook] of [
    ['llama3untied-clt-jumprelu', 'F16', 'hook_resid_mid'],
    ['llama3untied-clt-jumprelu', 'BF16', 'ln2.hook_normalized'],
    ['llama3-plt-jumprelu', 'BF16', 'mlp.hook_in'],
  ] as const) {
    test(`${name} ${dtype} ${hook}`, async () => {
      const { checkpoint, dictionary } = await PlainModel.open(name);
      const folder = await rewritten(dictionary, dtype, hook);
      const plain = await PlainModel.openFolders(checkpoint.dir, folder);
      assert.equal(plain.dictionary.layers[0].wDec.entry.dtype, dtype);
      const changed = plainFreeEdits(plain, TOKENS, edits).flat();
      const replaced = plainReplacement(plain, TOKENS).flat();
      for (const denseDecoderValues of [Infinity, 0]) {
        const intervention = createIntervention(checkpoint, plain.dictionary, { threads: 1, denseDecoderValues });
        const [run] = await intervention.run([{ tokens: TOKENS, edits }], { logits: 'all' });
        assert.ok(relativeError(run.logits, changed) < TOLERANCE);
        const [replacement] = await intervention.replacementLogits([TOKENS], 'all');
        assert.ok(relativeError(replacement, replaced) < TOLERANCE);
        await intervention.dispose();
      }
      assert.ok(relativeError(changed, plain.logits(TOKENS).flat()) > 0.01, 'the edits change something');
      await rm(folder, { recursive: true });
    });
  }
});
