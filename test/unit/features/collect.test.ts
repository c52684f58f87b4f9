import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectActivations } from '../../../src/features/collect.ts';
import { AdaptiveHistograms } from '../../../src/features/histogram.ts';
import { DEFAULT_SETTINGS } from '../../../src/features/settings.ts';
import type { LayerActivations } from '../../../src/features/source.ts';
import { firesIn } from '../../../src/features/text-pool.ts';
import { asCorpus, generator, sentences, storedSource } from './synthetic.ts';

const LAYERS = 2;
const FEATURES = 40;

/** Random activations: a third of the features at a position, long-tailed values. The last feature never fires. */
function randomActivations(sequences: readonly Int32Array[]): LayerActivations[][] {
  const random = generator(3);
  return sequences.map(tokens =>
    Array.from({ length: LAYERS }, () => {
      const entries: [number, number, number][] = [];
      for (let p = 1; p < tokens.length; p++) {
        for (let f = 0; f < FEATURES - 1; f++) {
          if (random() < f / (3 * FEATURES)) entries.push([p, f, Math.fround(Math.exp(4 * random() - 2) * (f + 1))]);
        }
      }
      entries.sort(() => random() - 0.5);
      return {
        position: Int32Array.from(entries, ([p]) => p),
        feature: Int32Array.from(entries, ([, f]) => f),
        value: Float32Array.from(entries, ([, , v]) => v),
      };
    }),
  );
}

/** All values of one feature by plain loops, and its peak in each sequence: the first largest. */
function bruteForce(activations: readonly LayerActivations[][], layer: number, feature: number) {
  const values: number[] = [];
  const peaks = activations.map(layers => {
    let best = { position: -1, value: 0 };
    const { position, feature: features, value } = layers[layer];
    for (let i = 0; i < value.length; i++) {
      if (features[i] !== feature) continue;
      values.push(value[i]);
      if (value[i] > best.value || (value[i] === best.value && position[i] < best.position)) {
        best = { position: position[i], value: value[i] };
      }
    }
    return best;
  });
  return { values: values.sort((a, b) => a - b), peaks };
}

const distinct = [...new Map(sentences(1500).map(tokens => [tokens.join(' '), tokens])).values()];
const activations = randomActivations(distinct);

async function collected(settings = {}) {
  const source = storedSource(distinct, activations, FEATURES);
  return collectActivations(source, asCorpus(distinct), { ...DEFAULT_SETTINGS, ...settings });
}

describe('what a pass gathers equals brute force', () => {
  test('counts, tokens, largest values, densities', async () => {
    const collector = await collected();
    assert.equal(collector.sequences, distinct.length);
    assert.equal(
      collector.tokens,
      distinct.reduce((sum, tokens) => sum + tokens.length - 1, 0),
    );
    for (let layer = 0; layer < LAYERS; layer++) {
      for (let f = 0; f < FEATURES; f++) {
        const { values } = bruteForce(activations, layer, f);
        assert.equal(collector.count(layer, f), values.length);
        assert.equal(collector.histograms.max(collector.numberOf(layer, f)), values.at(-1) ?? 0);
      }
    }
    assert.equal(collector.count(0, FEATURES - 1), 0);
  });

  test('top examples: the largest peaks, each prefix once, with the activations of their windows', async () => {
    const window = 8;
    const collector = await collected({ windowTokens: window });
    for (const [layer, f] of [
      [0, 5],
      [1, 20],
      [1, 38],
    ]) {
      const { peaks } = bruteForce(activations, layer, f);
      const byPrefix = new Map<string, { value: number; s: number; position: number }>();
      for (const [s, { position, value }] of peaks.entries()) {
        if (position < 0) continue;
        const prefix = distinct[s].slice(0, position + 1).join(' ');
        if (value > (byPrefix.get(prefix)?.value ?? 0)) byPrefix.set(prefix, { value, s, position });
      }
      const best = [...byPrefix.values()].sort((a, b) => b.value - a.value).slice(0, 20);
      const top = collector.topExamples(layer, f);
      // Random values differ for the same prefix, and the table keeps the first: only those past it must be equal.
      const values = new Set(peaks.map(({ value }) => value));
      assert.equal(top.length, Math.min(20, byPrefix.size));
      assert.equal(top[0].value, best[0].value);
      for (const { value, tokens, activations: shown, peak, start } of top) {
        assert.ok(values.has(value));
        const s = peaks.findIndex((p, i) => p.value === value && distinct[i][p.position] === tokens[peak]);
        assert.deepEqual(tokens, distinct[s].slice(start, start + window));
        assert.equal(start + peak, peaks[s].position);
        assert.equal(shown[peak], value);
        const dense = new Float32Array(distinct[s].length);
        const entries = activations[s][layer];
        entries.feature.forEach((g, i) => {
          if (g === f) dense[entries.position[i]] = entries.value[i];
        });
        assert.deepEqual(shown, dense.slice(start, start + window));
      }
    }
  });

  test('the sample does not depend on the order of the corpus', async () => {
    const forwards = await collected();
    const source = storedSource(distinct, activations, FEATURES);
    const backwards = await collectActivations(source, asCorpus(distinct.toReversed()), DEFAULT_SETTINGS);
    for (let f = 0; f < FEATURES; f++) {
      assert.deepEqual(forwards.sampledExamples(1, f), backwards.sampledExamples(1, f));
      assert.deepEqual(forwards.weightedExamples(1, f), backwards.weightedExamples(1, f));
    }
    assert.equal(forwards.sampledExamples(1, 30).length, DEFAULT_SETTINGS.sampledTexts);
    assert.deepEqual(
      forwards.pool.texts().map(({ tokens }) => tokens),
      backwards.pool.texts().map(({ tokens }) => tokens),
    );
  });

  test('the even sample is even, the weighted one in proportion to the peak', async () => {
    const collector = await collected();
    const means = { all: 0, even: 0, weighted: 0, expected: 0 };
    const mean = (values: number[]): number => values.reduce((a, b) => a + b) / values.length;
    for (let f = 20; f < FEATURES - 1; f++) {
      const { peaks } = bruteForce(activations, 0, f);
      const values = peaks.map(({ value }) => value).filter(value => value > 0);
      const scale = mean(values);
      means.all += 1;
      means.even += mean(collector.sampledExamples(0, f).map(({ value }) => value)) / scale;
      means.weighted += mean(collector.weightedExamples(0, f).map(({ value }) => value)) / scale;
      means.expected += mean(values.map(value => value ** 2)) / scale ** 2;
    }
    assert.ok(Math.abs(means.even / means.all - 1) < 0.06, `even ${means.even / means.all}`);
    assert.ok(means.expected / means.all > 1.2);
    // Drawn without repetition, so a little below the expectation of single draws.
    assert.ok(Math.abs(means.weighted / means.expected - 1) < 0.06, `weighted ${means.weighted / means.expected}`);
  });

  test('the pool knows which features fire in which text', async () => {
    const collector = await collected({ pooledTexts: 50 });
    const texts = collector.pool.texts();
    assert.equal(texts.length, 50);
    for (const text of texts) {
      const s = distinct.findIndex(tokens => tokens.join() === text.tokens.join());
      for (let layer = 0; layer < LAYERS; layer++) {
        for (let f = 0; f < FEATURES; f++) {
          const fires = activations[s][layer].feature.includes(f);
          assert.equal(firesIn(text, collector.numberOf(layer, f)), fires);
        }
      }
    }
  });

  test('a repeated sentence counts in the density and is one example', async () => {
    const few = distinct.slice(0, 5);
    const source = storedSource(few, activations.slice(0, 5), FEATURES);
    const collector = await collectActivations(source, asCorpus([...few, ...few, ...few]), DEFAULT_SETTINGS);
    const once = await collectActivations(source, asCorpus(few), DEFAULT_SETTINGS);
    assert.equal(collector.count(0, 35), 3 * once.count(0, 35));
    assert.deepEqual(collector.topExamples(0, 35), once.topExamples(0, 35));
    assert.deepEqual(collector.sampledExamples(0, 35), once.sampledExamples(0, 35));
  });
});

describe('histograms', () => {
  test('50 bins hold every value, within a thousandth of the range of its own bin', () => {
    const random = generator(11);
    const values = Array.from({ length: 20000 }, () => Math.fround(Math.exp(3 * random()) - 0.9));
    const histograms = new AdaptiveHistograms(3);
    for (const value of values) histograms.add(1, value);
    const bins = histograms.rebinned(1, 50);
    const max = Math.max(...values);
    assert.equal(
      bins.reduce((a, b) => a + b),
      values.length,
    );
    let below = 0;
    for (const [bin, count] of bins.entries()) {
      below += count;
      const edge = ((bin + 1) / 50) * max;
      const atLeast = values.filter(value => value < edge - max / 1000).length;
      const atMost = values.filter(value => value <= edge + max / 1000).length;
      assert.ok(atLeast <= below && below <= atMost, `bin ${bin}: ${atLeast} <= ${below} <= ${atMost}`);
    }
    assert.deepEqual(histograms.rebinned(0, 50), new Array(50).fill(0));
  });

  test('do not depend on the order of the values', () => {
    const random = generator(5);
    const values = Array.from({ length: 500 }, () => Math.fround(10 ** (6 * random() - 3)));
    const [a, b] = [new AdaptiveHistograms(1), new AdaptiveHistograms(1)];
    for (const value of values) a.add(0, value);
    for (const value of values.toSorted((x, y) => y - x)) b.add(0, value);
    assert.deepEqual(a.rebinned(0, 50), b.rebinned(0, 50));
  });

  test('quantiles equal those of the sorted values within two fine bins', () => {
    const random = generator(13);
    const values = Array.from({ length: 5000 }, () => Math.fround(random() ** 2 + 0.01));
    const histograms = new AdaptiveHistograms(1);
    for (const value of values) histograms.add(0, value);
    const sorted = values.toSorted((x, y) => x - y);
    const shares = [0.1, 0.5, 0.9, 0.99];
    for (const [i, value] of histograms.quantiles(0, shares).entries()) {
      assert.ok(Math.abs(value - sorted[Math.floor(shares[i] * 5000)]) < 0.005);
    }
  });
});

test('an activation that is not a number of the dictionary is refused', async () => {
  const [tokens] = distinct;
  const broken = (position: number, feature: number, value: number) =>
    storedSource(
      [tokens],
      [[{ position: Int32Array.of(position), feature: Int32Array.of(feature), value: Float32Array.of(value) }]],
      FEATURES,
    );
  const run = (source: ReturnType<typeof broken>) => collectActivations(source, asCorpus([tokens]), DEFAULT_SETTINGS);
  await assert.rejects(run(broken(1, 3, Infinity)), { code: 'model-mismatch', message: /Feature 3 of layer 0/ });
  await assert.rejects(run(broken(1, FEATURES, 1)), RangeError);
  await assert.rejects(run(broken(tokens.length, 0, 1)), RangeError);
  assert.equal((await run(broken(1, 3, -1))).count(0, 3), 0);
});

test('an empty corpus and tables beyond memory are refused', async () => {
  const source = storedSource(distinct, activations, FEATURES);
  await assert.rejects(collectActivations(source, asCorpus([]), DEFAULT_SETTINGS), { code: 'prompt' });
  const huge = { ...source, nFeatures: () => 5_000_000 };
  await assert.rejects(collectActivations(huge, asCorpus(distinct), DEFAULT_SETTINGS), { code: 'memory' });
});
