import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openDictionary, writeDictionary } from '../../../src/dictionary/index.ts';
import { CircuitError } from '../../../src/errors.ts';
import {
  ablate,
  createIntervention,
  patch,
  steer,
  type Edit,
  type Intervention,
} from '../../../src/intervention/index.ts';
import { requireFinite } from '../../../src/intervention/batch-runner.ts';
import { relativeError } from '../../support/onnx-numbers.ts';
import { referenceCases } from '../../support/reference.ts';
import { PlainModel } from './plain-model.ts';
import { plainFreeEdits } from './plain-runs.ts';

const TOLERANCE = 1e-5;
const TOKENS = [0, 5, 11, 3, 29, 5, 17];

const edits: readonly Edit[] = [
  ablate({ layer: 0, feature: 4, position: 6 }),
  steer({ layer: 0, feature: 9, position: { from: 3 } }, 2),
  steer({ layer: 1, feature: 4, position: { from: 0 } }, -1),
  patch({ layer: 1, feature: 7, position: 2 }, 1.5),
  patch({ layer: 1, feature: 8, position: 0 }, 0.75),
  patch({ layer: 2, feature: 0, position: { from: 5 } }, 3),
];

async function withIntervention(name: string, use: (intervention: Intervention, plain: PlainModel) => Promise<void>) {
  const plain = await PlainModel.open(name);
  const intervention = createIntervention(plain.checkpoint, plain.dictionary, { threads: 1 });
  await use(intervention, plain);
  await intervention.dispose();
}

describe('free edits equal a float64 model in plain loops', () => {
  for (const name of referenceCases) {
    test(name, () =>
      withIntervention(name, async (intervention, plain) => {
        const [plainRun, run] = await intervention.run([{ tokens: TOKENS }, { tokens: TOKENS, edits }], {
          logits: 'all',
        });
        assert.ok(relativeError(plainRun.logits, plain.logits(TOKENS).flat()) < TOLERANCE);
        const error = relativeError(run.logits, plainFreeEdits(plain, TOKENS, edits).flat());
        assert.ok(error < TOLERANCE, `logits differ by ${error}`);
        assert.ok(relativeError(run.logits, plainRun.logits) > 0.01, 'the edits change something');
      }),
    );
  }
});

const small = 'llama3-clt-relu';

test('prompts of several lengths with edits of their own run as each alone', () =>
  withIntervention(small, async intervention => {
    const requests = [
      { tokens: TOKENS, edits },
      { tokens: TOKENS.slice(0, 4), edits: edits.slice(0, 0) },
      { tokens: [0, 9, 9, 2, 1, 4, 30], edits: edits.slice(1, 3) },
      { tokens: TOKENS.slice(0, 4), edits: [patch({ layer: 1, feature: 3, position: 3 }, 2)] },
      { tokens: TOKENS },
    ];
    for (const kind of ['free', 'frozen-attention', 'constrained'] as const) {
      const together = await intervention.run(requests, { mode: { kind }, activations: 'activations' });
      for (const [index, request] of requests.entries()) {
        const [alone] = await intervention.run([request], { mode: { kind }, activations: 'activations' });
        assert.ok(relativeError(together[index].logits, alone.logits) < TOLERANCE, `${kind} ${index}`);
        const layers = together[index].activations!.map((layer, i) => relativeError(layer, alone.activations![i]));
        assert.ok(Math.max(...layers) < TOLERANCE, `${kind} ${index}`);
      }
    }
  }));

describe('the meaning of an edit', () => {
  const place = { layer: 1, feature: 4, position: 6 };
  const same = (name: string, first: readonly Edit[], second: readonly Edit[]) =>
    test(name, () =>
      withIntervention(small, async intervention => {
        const [a, b] = await intervention.run([first, second].map(own => ({ tokens: TOKENS, edits: own })));
        assert.ok(relativeError(a.logits, b.logits) < 1e-6);
      }),
    );
  same('a multiple of 1 changes nothing', [steer(place, 1)], []);
  same('a multiple of 0 ablates', [steer(place, 0)], [ablate(place)]);
  same('of two edits of one place the last counts', [patch(place, 9), patch(place, 2)], [patch(place, 2)]);
  same(
    'from the last position on is at the last position',
    [patch({ ...place, position: { from: 6 } }, 2)],
    [patch(place, 2)],
  );
  same('activations at position 0 count as 0', [steer({ ...place, position: 0 }, 5)], []);
  test('an ablated feature that is active changes the logits', () =>
    withIntervention(small, async intervention => {
      const [a, b] = await intervention.run([{ tokens: TOKENS, edits: [ablate(place)] }, { tokens: TOKENS }]);
      assert.ok(relativeError(a.logits, b.logits) > 0.01);
    }));
  test('without zeroed positions the activation at position 0 counts', async () => {
    const { checkpoint, dictionary } = await PlainModel.open('llama3-clt-topk');
    const intervention = createIntervention(checkpoint, dictionary, { threads: 1, zeroedPositions: 0 });
    const [features] = await intervention.activeFeatures([TOKENS]);
    const first = { layer: 0, feature: features[0].features[0], position: 0 };
    assert.ok(features[0].rowStart[1] > 0);
    const [a, b] = await intervention.run([{ tokens: TOKENS, edits: [steer(first, 5)] }, { tokens: TOKENS }], {
      logits: 'all',
    });
    assert.ok(relativeError(a.logits, b.logits) > 1e-3);
    await intervention.dispose();
  });
});

describe('errors say what is wrong', () => {
  const fails = (name: string, code: string, message: RegExp, request: { tokens: number[]; edits?: Edit[] }) =>
    test(name, () =>
      withIntervention(small, async intervention => {
        await assert.rejects(
          intervention.run([{ tokens: TOKENS }, request]),
          (error: unknown) => error instanceof CircuitError && error.code === code && message.test(error.message),
        );
      }),
    );
  const edit = (change: Partial<Edit>): Edit[] => [{ ...ablate({ layer: 0, feature: 0, position: 1 }), ...change }];
  fails('an unknown layer', 'usage', /layer 3 .* 3 layers/, { tokens: TOKENS, edits: edit({ layer: 3 }) });
  fails('an unknown feature', 'usage', /feature 24 .* 24 features/, { tokens: TOKENS, edits: edit({ feature: 24 }) });
  fails('a position after the prompt', 'usage', /position 7 .* 7 positions/, {
    tokens: TOKENS,
    edits: edit({ position: { from: 7 } }),
  });
  fails('a value that is no number', 'usage', /NaN/, { tokens: TOKENS, edits: edit({ value: { absolute: NaN } }) });
  fails('a value that overflows', 'usage', /to -100000/, {
    tokens: TOKENS,
    edits: edit({ value: { multiple: -1e20 } }),
  });
  fails('no tokens', 'prompt', /no tokens/, { tokens: [] });
  fails('an unknown token', 'prompt', /Token 32 at position 1/, { tokens: [0, 32] });
  fails('too many tokens', 'prompt', /65 tokens/, { tokens: new Array<number>(65).fill(0) });

  test('layers that do not exist', () =>
    withIntervention(small, async intervention => {
      for (const layers of [
        [0, 3],
        [2, 1],
        [-1, 1],
        [0.5, 1],
      ] as const) {
        await assert.rejects(
          intervention.run([{ tokens: TOKENS }], { mode: { kind: 'constrained', layers } }),
          (error: unknown) => error instanceof CircuitError && error.code === 'usage',
        );
      }
    }));
  test('a dictionary of another model', async () => {
    const { checkpoint } = await PlainModel.open(small);
    const folder = await mkdtemp(join(tmpdir(), 'circuit-dictionary-'));
    const layer = {
      wEnc: new Float32Array(8),
      bEnc: new Float32Array(2),
      wDec: new Float32Array(8),
      bDec: new Float32Array(4),
    };
    await writeDictionary(folder, {
      kind: 'plt',
      inputHook: 'mlp.hook_in',
      outputHook: 'hook_mlp_out',
      modelName: 'another',
      dModel: 4,
      dtype: 'F32',
      layers: [layer, layer, layer],
    });
    const dictionary = await openDictionary(folder);
    assert.throws(
      () => createIntervention(checkpoint, dictionary),
      (error: unknown) => error instanceof CircuitError && error.code === 'model-mismatch',
    );
    await rm(folder, { recursive: true });
  });
  test('logits that are not finite', () => {
    assert.throws(() => requireFinite(Float32Array.of(1, NaN)), /not finite/);
    assert.throws(() => requireFinite(Float32Array.of(-Infinity, 1)), /not finite/);
  });
  test('a cancelled run', () =>
    withIntervention(small, async intervention => {
      await assert.rejects(
        intervention.run([{ tokens: TOKENS }], {}, { signal: AbortSignal.abort() }),
        (error: unknown) => error instanceof CircuitError && error.code === 'cancelled',
      );
    }));
});
