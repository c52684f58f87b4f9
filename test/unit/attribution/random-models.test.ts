/** Shapes that the reference cases do not have: attention biases, 16 bits, groups of heads, many batches. */
import assert from 'node:assert/strict';
import { describe, test, type TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { attribute } from '../../../src/attribution/attribute.ts';
import { loadReplacementModel, type ReplacementModel } from '../../../src/attribution/replacement-model.ts';
import { selfCheck } from '../../../src/attribution/selfcheck/selfcheck.ts';
import { toDense } from '../../../src/attribution/sparse-matrix.ts';
import { randomModel, SMALL, type RandomModelSizes } from '../../support/random-model.ts';
import { relativeError } from '../../support/replacement.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const TOLERANCE = 1e-5;
const tokens = [1, 17, 5, 33, 5, 29, 8, 2, 11];

async function load(context: TestContext, sizes: RandomModelSizes): Promise<ReplacementModel> {
  const { checkpoint, dictionary } = await randomModel(await temporaryFolder(context), sizes);
  const model = await loadReplacementModel(checkpoint, dictionary, { threads: 1 });
  context.after(() => model.dispose());
  return model;
}

describe('identities on random models', () => {
  const cases: Record<string, RandomModelSizes> = {
    'attention biases': { ...SMALL, attentionBias: true },
    'attention biases and skip connections': { ...SMALL, attentionBias: true, skip: true, inputHook: 'mlp.hook_in' },
    'one head a group, cross-layer': { ...SMALL, nKeyValueHeads: 4, kind: 'clt' },
    'bfloat16, cross-layer with skip connections': { ...SMALL, dtype: 'BF16', kind: 'clt', skip: true },
    float16: { ...SMALL, dtype: 'F16', inputHook: 'hook_resid_mid' },
    'one layer': { ...SMALL, nLayers: 1 },
    'features that are active everywhere': { ...SMALL, nLayers: 1, nFeatures: 300, threshold: -10 },
  };
  for (const [name, sizes] of Object.entries(cases)) {
    test(name, async context => {
      const model = await load(context, sizes);
      for (const check of await selfCheck(model, tokens)) {
        assert.ok(check.passed && check.maxError < TOLERANCE, `${check.name}: ${check.maxError}`);
      }
    });
  }

  test('a prompt without active features', async context => {
    const model = await load(context, { ...SMALL, threshold: 100 });
    for (const check of await selfCheck(model, tokens)) assert.ok(check.passed, `${check.name}: ${check.maxError}`);
    const { active, scores, order } = await attribute(model, tokens);
    assert.equal(active.layers.length, 0);
    assert.equal(order.nSources, 4 * tokens.length);
    assert.ok(scores.replacement > 0 && scores.replacement < 1);
  });
});

describe('a graph does not depend on how it was computed', () => {
  test('many batches give the rows that one batch gives', async context => {
    const model = await load(context, { ...SMALL, nFeatures: 300 });
    const whole = await attribute(model, tokens);
    assert.ok(whole.active.layers.length > 8 * 64, 'more than one batch');
    // Bounds of a budget that everything fits in bring the rows in waves of a few.
    const few = await attribute(model, tokens, { maxFeatureNodes: whole.active.layers.length - 1 });
    const kept = Uint32Array.of(...few.selected);
    const dense = toDense(whole.matrix);
    const expected: number[] = [];
    const node = (i: number): number => kept[i] ?? i - kept.length + whole.active.layers.length;
    for (let row = 0; row < few.order.size; row++) {
      for (let column = 0; column < few.order.size; column++)
        expected.push(dense[node(row) * whole.order.size + node(column)]);
    }
    assert.ok(relativeError(toDense(few.matrix), expected) < 1e-6);
  });

  test('the same prompt gives the same bytes', async context => {
    const model = await load(context, SMALL);
    const first = await attribute(model, tokens);
    await attribute(model, tokens.toReversed());
    const second = await attribute(model, tokens);
    assert.deepEqual(second.matrix, first.matrix);
    assert.deepEqual(second.pruned, first.pruned);
    assert.deepEqual(second.scores, first.scores);
  });

  test('the same prompt gives the same bytes within a budget, however long each run takes', async context => {
    const model = await load(context, { ...SMALL, nFeatures: 600, threshold: 0 });
    const options = { maxFeatureNodes: 200 };
    const first = await attribute(model, tokens, options);
    assert.ok(first.allActive.layers.length > 1024, 'more than the candidates, so several waves');
    await attribute(model, tokens.toReversed(), options);
    const read = model.sessions.read.bind(model.sessions);
    let runs = 0;
    model.sessions.read = async layer => {
      const session = await read(layer);
      return {
        ...session,
        run: async (feeds, into) => {
          if (++runs % 3 === 0) await setImmediate();
          return session.run(feeds, into);
        },
      };
    };
    const second = await attribute(model, tokens, options);
    assert.ok(runs > 3);
    assert.deepEqual(second.selected, first.selected);
    assert.deepEqual(second.matrix, first.matrix);
    assert.deepEqual(second.pruned, first.pruned);
  });
});
