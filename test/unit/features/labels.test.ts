import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { collectActivations } from '../../../src/features/collect.ts';
import type { FeatureLabel } from '../../../src/features/labels/feature-label.ts';
import { TokenForms, type LabelContext } from '../../../src/features/labels/label-context.ts';
import { LabelExamples, type Parts } from '../../../src/features/labels/label-examples.ts';
import { labelFeature, type WeightWords } from '../../../src/features/labels/label-feature.ts';
import { DEFAULT_SETTINGS } from '../../../src/features/settings.ts';
import { asCorpus, generator, plantedSource, sentences, tokenText, type PlantedFeature } from './synthetic.ts';

const NO_WEIGHTS: WeightWords = { promoted: [], firing: undefined };

async function partsOf(feature: PlantedFeature, count = 3000): Promise<Parts> {
  const collector = await collectActivations(plantedSource([[feature]]), asCorpus(sentences(count)), DEFAULT_SETTINGS);
  return new LabelExamples(collector, new TokenForms(tokenText)).parts(0, 0);
}

async function labelOf(feature: PlantedFeature, weights = NO_WEIGHTS): Promise<FeatureLabel> {
  return labelFeature(await partsOf(feature), weights);
}

/** The activations of each text moved to another one: it fires as often and as strongly, the meaning is gone. */
async function labelOfShuffled(feature: PlantedFeature): Promise<FeatureLabel> {
  const texts = sentences(3000);
  const encoded = await plantedSource([[feature]]).encode(texts);
  const random = generator(3);
  const order = texts.map((_, i) => ({ i, rank: random() })).sort((a, b) => a.rank - b.rank);
  const moved = texts.map((tokens, t) => {
    const [{ position, feature: f, value }] = encoded[order[t].i];
    const kept = Array.from(position.keys()).filter(entry => position[entry] < tokens.length);
    return [
      {
        position: Int32Array.from(kept, entry => position[entry]),
        feature: Int32Array.from(kept, entry => f[entry]),
        value: Float32Array.from(kept, entry => value[entry]),
      },
    ];
  });
  let next = 0;
  const source = {
    ...plantedSource([[feature]]),
    encode: (batch: readonly Int32Array[]) => Promise.resolve(batch.map(() => moved[next++])),
  };
  const collector = await collectActivations(source, asCorpus(texts), DEFAULT_SETTINGS);
  return labelFeature(new LabelExamples(collector, new TokenForms(tokenText)).parts(0, 0), NO_WEIGHTS);
}

const isNumber = (word: string | undefined): boolean => /^\d+$/.test(word ?? '');
const texan = (words: readonly string[]): boolean => words.some(word => ['Dallas', 'Houston', 'Waco'].includes(word));

const isRepeated = (w: readonly string[], i: number): boolean => /[a-z]/i.test(w[i] ?? '') && w.indexOf(w[i]) < i;

/** What is planted, and the label that says just that. */
const PLANTED: readonly { what: string; feature: PlantedFeature; text: RegExp; rule: string }[] = [
  {
    what: 'two cities',
    feature: (w, i) => Number(['Dallas', 'Houston'].includes(w[i])),
    text: /^(Dallas, Houston|Houston, Dallas)$/,
    rule: 'token',
  },
  { what: 'one rare word', feature: (w, i) => Number(w[i] === '12'), text: /^12$/, rule: 'token' },
  { what: 'a number next', feature: (w, i) => Number(isNumber(w[i + 1])), text: /^before a number$/, rule: 'class' },
  { what: 'a number', feature: (w, i) => Number(isNumber(w[i])), text: /^number$/, rule: 'class' },
  { what: 'after "of"', feature: (w, i) => Number(w[i - 1] === 'of'), text: /^after of$/, rule: 'previous' },
  { what: 'the ending -ing', feature: (w, i) => Number(w[i].endsWith('ing')), text: /^word in -ing$/, rule: 'class' },
  { what: 'the first position', feature: (_, i) => Number(i === 1), text: /^first token$/, rule: 'class' },
  { what: 'capitals', feature: (w, i) => Number(/^[A-Z]/.test(w[i])), text: /^capitalised word$/, rule: 'class' },
  { what: 'accents', feature: (w, i) => Number(/[èéêë]/.test(w[i])), text: /^word with accents$/, rule: 'script' },
  {
    what: 'inside quotes',
    feature: (w, i) => Number(w[i] !== '"' && w.slice(0, i).filter(word => word === '"').length === 1),
    text: /^inside quotes$/,
    rule: 'enclosure',
  },
  {
    what: 'inside parentheses',
    feature: (w, i) => Number(w.slice(0, i).includes('(') && !w.slice(0, i + 1).includes(')')),
    text: /^inside parentheses$/,
    rule: 'enclosure',
  },
  {
    what: 'a phrase',
    feature: (w, i) => Number(w.slice(i - 2, i + 1).join(' ') === 'capital of the'),
    text: /^(after capital of|capital of «the»)$/,
    rule: 'phrase',
  },
  {
    what: 'words earlier in the text',
    feature: (w, i) => Number(texan(w.slice(0, i))),
    text: /^(Dallas|Houston|Waco), (Dallas|Houston|Waco), (Dallas|Houston|Waco) earlier$/,
    rule: 'earlier',
  },
  {
    what: 'a repetition',
    feature: (w, i) => Number(isRepeated(w, i)),
    text: /^repeated word$/,
    rule: 'repeat',
  },
  {
    what: 'before a repetition',
    feature: (w, i) => Number(isRepeated(w, i + 1)),
    text: /^before a repeated word$/,
    rule: 'repeat',
  },
  {
    what: 'after a repetition',
    feature: (w, i) => Number(isRepeated(w, i - 1)),
    text: /^after a repeated word$/,
    rule: 'repeat',
  },
  {
    what: 'French',
    feature: w => Number(w[1] === 'le'),
    text: /^in French text$/,
    rule: 'script',
  },
  {
    what: 'an ending next',
    feature: (w, i) => Number((w[i + 1] ?? '').endsWith('ing')),
    text: /^before a word in -ing$/,
    rule: 'class',
  },
  {
    what: 'one of two things',
    feature: (w, i) => Number(w[i] === 'ring' || w[i - 1] === 'gave'),
    text: /^(ring or after gave|after gave or ring)$/,
    rule: 'alternative',
  },
];

describe('labels of planted features', () => {
  for (const { what, feature, text, rule } of PLANTED) {
    test(what, async () => {
      const label = await labelOf(feature);
      assert.match(label.text, text);
      assert.equal(label.rule, rule);
      assert.ok(label.fuzzing! >= 0.95, `fuzzing ${label.fuzzing}`);
      // Every text has a first token: no text is silent, so detection cannot be measured.
      if (what === 'the first position') assert.equal(label.detectionF1, null);
      else assert.ok(label.detectionF1! >= 0.95, `F1 ${label.detectionF1}`);
      assert.ok(label.sampleSize >= 9, `n=${label.sampleSize}`);
      assert.equal(label.agreesWithWeights, null);
    });
  }

  test('noise is unclear', async () => {
    for (let seed = 0; seed < 6; seed++) {
      const random = generator(seed);
      const label = await labelOf(() => Number(random() < 0.03));
      assert.match(label.text, / \(unclear\)$/);
      assert.ok(Math.min(label.detectionF1 ?? 1, label.fuzzing ?? 1) < 0.6);
    }
  });

  test('a feature whose activations are shuffled among the texts is unclear', async () => {
    for (const { what, feature } of PLANTED) {
      if (what === 'the first position') continue; // Its activations are the same in every text.
      const label = await labelOfShuffled(feature);
      assert.match(label.text, / \(unclear\)$/, `${what}: ${label.text}`);
    }
  });

  test('a feature that always fires says nothing', async () => {
    const label = await labelOf(() => 1);
    assert.match(label.text, /\(unclear\)$/);
    assert.equal(label.detectionF1, null);
    assert.equal(label.fuzzing, null);
  });

  test('a feature that never fires', async () => {
    assert.deepEqual(await labelOf(() => 0), {
      text: 'never active',
      rule: 'none',
      detectionF1: null,
      fuzzing: null,
      sampleSize: 0,
      agreesWithWeights: null,
    });
  });

  test('too few texts to measure', async () => {
    const parts = await partsOf((w, i) => Number(w[i] === 'Dallas'));
    const heldOut = { ...parts.heldOut, activating: parts.heldOut.activating.slice(0, 2) };
    const label = labelFeature({ ...parts, heldOut }, NO_WEIGHTS);
    assert.equal(label.text, 'Dallas (unclear)');
    assert.equal(label.detectionF1, null);
  });

  test('two conditions at once', async () => {
    const label = await labelOf((w, i) => Number(w[i] === 'saw' && texan(w.slice(0, i))));
    assert.equal(label.rule, 'combination');
    assert.match(label.text, /^saw with (Dallas|Houston|Waco)(, .*)? earlier$/);
    assert.ok(label.detectionF1! >= 0.9 && label.fuzzing! >= 0.9);
  });

  test('the same label again', async () => {
    const feature: PlantedFeature = (w, i) => Number(w[i] === 'was' && texan(w.slice(0, i)));
    assert.deepEqual(await labelOf(feature), await labelOf(feature));
  });
});

describe('labels and weights', () => {
  const boston: PlantedFeature = (w, i) => Number(w[i + 1] === 'Boston');
  const dallas: PlantedFeature = (w, i) => Number(w[i] === 'Dallas');

  test('promoted tokens make "say X" of "before X"', async () => {
    assert.equal((await labelOf(boston)).text, 'before Boston');
    const label = await labelOf(boston, { promoted: ['boston', 'salem'], firing: [] });
    assert.deepEqual([label.text, label.rule, label.agreesWithWeights], ['say Boston', 'say', true]);
    const other = await labelOf(boston, { promoted: ['river', 'salem'], firing: [] });
    assert.deepEqual([other.text, other.rule], ['before Boston', 'next']);
  });

  test('a token label is compared with the tokens that fire alone', async () => {
    const agreeing = await labelOf(dallas, { promoted: [], firing: ['dallas', 'waco'] });
    assert.deepEqual([agreeing.text, agreeing.agreesWithWeights], ['Dallas', true]);
    const differing = await labelOf(dallas, { promoted: [], firing: ['river'] });
    assert.deepEqual([differing.text, differing.agreesWithWeights], ['Dallas', false]);
  });
});

describe('parts', () => {
  const texan4: PlantedFeature = (w, i) => Number(w[i] === 'in' && texan(w));
  const name = (context: LabelContext): string => context.texts.join(' ');
  const prefix = ({ texts, peak }: LabelContext): string => texts.slice(0, peak + 1).join(' ');
  const pairs = [
    ['fitting', 'choosing'],
    ['fitting', 'heldOut'],
    ['choosing', 'heldOut'],
  ] as const;

  test('share no text and no prefix up to a peak', async () => {
    const parts = await partsOf((w, i) => Number(w[i] === 'Dallas'));
    for (const [one, other] of pairs) {
      const seen = new Set(parts[one].activating.map(prefix));
      assert.ok(seen.size > 5, `${one}: ${seen.size} prefixes`);
      assert.deepEqual(
        parts[other].activating.filter(context => seen.has(prefix(context))),
        [],
      );
      const texts = new Set(parts[one].silent.map(name));
      assert.deepEqual(
        parts[other].silent.filter(context => texts.has(name(context))),
        [],
      );
    }
  });

  test('are a half and two quarters of the texts', async () => {
    const { fitting, choosing, heldOut } = await partsOf((w, i) => Number(w[i] === '.'));
    const { labelTexts, topExamples } = DEFAULT_SETTINGS;
    assert.ok(Math.abs(choosing.activating.length - labelTexts / 4) <= 2);
    assert.ok(Math.abs(heldOut.activating.length - labelTexts / 4) <= 2);
    assert.ok(fitting.activating.length >= labelTexts / 2 - 2);
    assert.ok(fitting.activating.length <= labelTexts / 2 + 2 + topExamples);
  });

  test('have two silent texts for each activating one, half of them with the words on which the feature fires', async () => {
    const { fitting, choosing, heldOut } = await partsOf(texan4, 6000);
    for (const part of [fitting, choosing, heldOut]) {
      assert.equal(part.silent.length, 2 * part.activating.length);
      const sharing = part.silent.filter(({ words }) => words.includes('in')).length;
      assert.ok(sharing >= part.activating.length, `${sharing} of ${part.silent.length} have "in"`);
      assert.ok(part.silent.every(({ texts }) => !texan(texts) || !texts.includes('in')));
    }
  });

  test('what is held out changes the scores, not the rule', async () => {
    const parts = await partsOf((w, i) => Number(w[i - 1] === 'of'));
    const honest = labelFeature(parts, NO_WEIGHTS);
    const heldOut = { activating: parts.heldOut.silent.map(fireAtRandom), silent: parts.heldOut.silent };
    const swapped = labelFeature({ ...parts, heldOut }, NO_WEIGHTS);
    assert.equal(honest.text, 'after of');
    assert.equal(swapped.rule, honest.rule);
    assert.ok(swapped.fuzzing! < 0.6);
    assert.match(swapped.text, /\(unclear\)$/);
  });
});

function fireAtRandom(context: LabelContext, seed: number): LabelContext {
  const random = generator(seed);
  const activations = Float32Array.from(context.words, (_, i) => (i > 0 && random() < 0.3 ? 1 : 0));
  activations[1] = 2;
  return { ...context, activations, peak: 1, group: seed };
}
