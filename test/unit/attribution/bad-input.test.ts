/** Prompts, weights and interruptions that attribution must refuse with a sentence. */
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { BatchEncoder } from '../../../src/attribution/activation-source.ts';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadReplacementModel, type ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { openCheckpoint, type TensorRef } from '../../../src/checkpoint/index.ts';
import { openDictionary } from '../../../src/dictionary/index.ts';
import { assertFails } from '../../support/errors.ts';
import { randomModel, SMALL } from '../../support/random-model.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const tokens = [1, 17, 5, 33];

async function loadFrom(context: TestContext, folder: string): Promise<ReplacementModel> {
  const checkpoint = await openCheckpoint(join(folder, 'model'));
  const model = await loadReplacementModel(checkpoint, await openDictionary(join(folder, 'dictionary')));
  context.after(() => model.dispose());
  return model;
}

/** Makes the first value of a stored float32 tensor NaN. */
async function poison({ path, entry }: TensorRef): Promise<void> {
  const bytes = await readFile(path);
  bytes.writeFloatLE(Number.NaN, entry.offset);
  await writeFile(path, bytes);
}

describe('prompts that cannot be traced', () => {
  const cases: [string, number[], string][] = [
    ['empty', [], 'no tokens'],
    ['one token', [3], 'one token'],
    ['beyond the context', new Array<number>(4097).fill(3), '4097 tokens but the model reads 4096'],
    ['outside the vocabulary', [1, 40], 'Token 40 at position 1'],
    ['negative', [1, -1], 'Token -1'],
    ['not a number', [1, Number.NaN], 'Token NaN'],
  ];
  for (const [name, prompt, words] of cases) {
    test(name, async context => {
      const folder = await temporaryFolder(context);
      await randomModel(folder, SMALL);
      const model = await loadFrom(context, folder);
      await assertFails(() => attribute(model, prompt), 'prompt', words);
    });
  }

  test('batches are checked too', async context => {
    const { checkpoint, dictionary } = await randomModel(await temporaryFolder(context), SMALL);
    const encoder = await BatchEncoder.create(checkpoint, dictionary);
    await assertFails(() => encoder.encode([Int32Array.of(1, 40)]), 'prompt', 'Token 40');
    await encoder.dispose();
  });
});

describe('weights that are not finite', () => {
  const cases: Record<string, (folder: string) => Promise<TensorRef>> = {
    'model.layers.1.mlp.up_proj.weight': async folder =>
      (await openCheckpoint(join(folder, 'model'))).tensor('model.layers.1.mlp.up_proj.weight'),
    W_enc: async folder => (await openDictionary(join(folder, 'dictionary'))).layers[1].wEnc,
    W_dec: async folder => (await openDictionary(join(folder, 'dictionary'))).layers[2].wDec,
    b_dec: async folder => (await openDictionary(join(folder, 'dictionary'))).layers[0].bDec,
  };
  for (const [name, tensorIn] of Object.entries(cases)) {
    test(`NaN in ${name}`, async context => {
      const folder = await temporaryFolder(context);
      // Every feature is active, so that every decoder row is read.
      await randomModel(folder, { ...SMALL, threshold: -10 });
      await poison(await tensorIn(folder));
      await assertFails(
        async () => attribute(await loadFrom(context, folder), tokens),
        'file-damaged',
        `"${name}"`,
        'NaN',
      );
    });
  }
});

describe('a dictionary of another model', () => {
  test('is refused before anything runs', async context => {
    const folder = await temporaryFolder(context);
    const { checkpoint } = await randomModel(join(folder, 'a'), SMALL);
    const { dictionary } = await randomModel(join(folder, 'b'), { ...SMALL, dModel: 12, headDim: 4 });
    await assertFails(() => loadReplacementModel(checkpoint, dictionary), 'model-mismatch', 'config.json');
    await assertFails(() => BatchEncoder.create(checkpoint, dictionary), 'model-mismatch');
  });
});

describe('interruptions', () => {
  test('a cancelled trace stops between runs', async context => {
    const folder = await temporaryFolder(context);
    await randomModel(folder, SMALL);
    const model = await loadFrom(context, folder);
    const controller = new AbortController();
    const stages: string[] = [];
    const progress = (stage: string): void => {
      stages.push(stage);
      if (stage === 'attribute') controller.abort();
    };
    await assertFails(() => attribute(model, tokens, {}, { signal: controller.signal, progress }), 'cancelled');
    assert.ok(stages.includes('forward') && stages.includes('encode'));
    const { matrix } = await attribute(model, tokens);
    assert.ok(matrix.sources.length > 0, 'the model can be used again');
  });

  test('a budget can be cancelled too, and must be positive', async context => {
    const folder = await temporaryFolder(context);
    await randomModel(folder, SMALL);
    const model = await loadFrom(context, folder);
    const signal = AbortSignal.abort();
    await assertFails(() => attribute(model, tokens, { maxFeatureNodes: 2 }, { signal }), 'cancelled');
    await assertFails(() => attribute(model, tokens, { maxFeatureNodes: 0 }), 'usage', '0 features');
    await assertFails(() => attribute(model, tokens, { maxFeatureNodes: Number.NaN }), 'usage');
  });
});
