import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { extremeLogits, projectionOutliers, tokensThatFireAlone } from '../../../src/features/index.ts';
import { BOS, generator, plantedSource, tokenOf, tokenText, vocabularySize } from './synthetic.ts';

describe('tokens that make a feature fire alone', () => {
  const source = plantedSource([
    [(w, i) => Number(/^\d/.test(w[i])), (w, i) => Number(w[i] === 'Dallas' && w.length > 2)],
    [(w, i) => (w[i] === 'Waco' ? 3 : w[i] === 'Dallas' ? 2 : 0)],
  ]);
  const options = { bos: BOS, vocabularySize, most: 7, batchSequences: 10 };

  test('are those of a forward pass of each token, strongest first', async () => {
    const alone = await tokensThatFireAlone(source, options);
    const numbers: { token: number; logit: number }[] = [];
    for (let token = 0; token < vocabularySize; token++) {
      const [[{ feature, value }]] = await source.encode([Int32Array.of(BOS, token)]);
      if (feature.includes(0)) numbers.push({ token, logit: value[feature.indexOf(0)] });
    }
    numbers.sort((a, b) => b.logit - a.logit || a.token - b.token);
    assert.ok(numbers.length > 7 && numbers.every(({ token }) => /\d/.test(tokenText(token))));
    assert.deepEqual(alone.of(0, 0), numbers.slice(0, 7));
    assert.deepEqual(
      alone.of(1, 0).map(({ token }) => token),
      [tokenOf('Waco'), tokenOf('Dallas')],
    );
    assert.deepEqual(alone.of(0, 1), [], 'a feature that needs a context fires on no token alone');
  });

  test('are looked for among the candidates of the feature only', async () => {
    const seen = new Set<number>();
    const watching = {
      ...source,
      encode: (batch: readonly Int32Array[]) => {
        for (const [, token] of batch) seen.add(token);
        return source.encode(batch);
      },
    };
    const candidates = (layer: number) => (layer === 0 ? [tokenOf('12'), tokenOf('Dallas')] : [tokenOf('Dallas')]);
    const alone = await tokensThatFireAlone(watching, { ...options, candidates });
    assert.deepEqual(
      alone.of(0, 0).map(({ token }) => token),
      [tokenOf('12')],
    );
    assert.deepEqual(
      alone.of(1, 0).map(({ token }) => token),
      [tokenOf('Dallas')],
    );
    assert.deepEqual(seen, new Set([tokenOf('12'), tokenOf('Dallas')]));
  });

  test('can be cancelled', async () => {
    const controller = new AbortController();
    const task = { signal: controller.signal, progress: () => controller.abort() };
    await assert.rejects(tokensThatFireAlone(source, options, task), { code: 'cancelled' });
  });
});

test('outliers of a projection', () => {
  const random = generator(2);
  const projection = Float32Array.from({ length: 2000 }, () => random() - 0.5);
  projection[700] = 4;
  projection[31] = 3;
  projection[5] = -9;
  assert.deepEqual([...projectionOutliers(projection)], [700, 31]);
  assert.deepEqual([...projectionOutliers(projection, 1)], [700]);
  assert.deepEqual([...projectionOutliers(new Float32Array(10))], []);
});

test('promoted and suppressed tokens equal a full sort', () => {
  const random = generator(9);
  const logits = Float32Array.from({ length: 500 }, () => Math.round(20 * random()));
  logits[7] = NaN;
  const order = Array.from(logits.keys()).filter(token => token !== 7);
  const { top, bottom } = extremeLogits(logits, 12);
  assert.deepEqual(
    top.map(({ token }) => token),
    order.toSorted((a, b) => logits[b] - logits[a] || a - b).slice(0, 12),
  );
  assert.deepEqual(
    bottom.map(({ token }) => token),
    order.toSorted((a, b) => logits[a] - logits[b] || a - b).slice(0, 12),
  );
  assert.deepEqual(extremeLogits(Float32Array.of(1, 2), 5).top, [
    { token: 1, logit: 2 },
    { token: 0, logit: 1 },
  ]);
  assert.deepEqual(extremeLogits(logits, 0), { top: [], bottom: [] });
});
