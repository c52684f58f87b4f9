import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ALL_PLACES,
  ANTONYMS,
  DEMO_PROMPT,
  KINDS,
  MIX,
  RHYMES,
  createRandom,
  evaluationSets,
  sampleOfKind,
  sampleSentence,
} from '../../../models/corpus/index.ts';
import type { Kind } from '../../../models/corpus/index.ts';

const sets = evaluationSets();
const items = Object.values(sets).flat();

describe('questions', () => {
  test('the sets are the same in every call and large enough', () => {
    assert.deepEqual(evaluationSets(), sets);
    assert.ok(sets.two_hop_state_capital_heldout.length >= 120);
    assert.ok(sets.two_hop_state_other_heldout.length === 150);
    assert.ok(sets.indirect_object_heldout.length >= 150);
    assert.ok(sets.rhyme_heldout.length >= 80);
    assert.ok(sets.antonym_heldout.length >= 30);
  });

  test('prompts do not hold their answer nor end with a space, answers begin with one', () => {
    for (const { kind, prompt, accepted } of items) {
      assert.match(prompt, /\S$/);
      assert.ok(accepted.length > 0);
      for (const answer of accepted) {
        assert.match(answer, /^ \S.*\S$/);
        if (kind !== 'indirect_object' && kind !== 'one_hop') assert.ok(!`${prompt} `.includes(`${answer} `), prompt);
      }
    }
  });

  test('held-out sets hold held-out questions, training sets none', () => {
    for (const [name, set] of Object.entries(sets)) {
      for (const item of set) assert.equal(item.heldOut, name.endsWith('_heldout'), name);
    }
  });

  test('two-hop answers are the facts of the place that has the city', () => {
    for (const item of items) {
      if (item.kind !== 'two_hop') continue;
      const place = ALL_PLACES.find(candidate => candidate.cities.includes(item.city ?? ''));
      assert.equal(place?.name, item.place);
      assert.deepEqual(item.accepted, [` ${place?.facts.get(item.relation ?? 'capital')}`]);
      assert.ok(item.prompt.includes(item.city ?? '?'));
    }
    const dallas = sets.two_hop_state_capital_heldout.find(({ prompt }) => DEMO_PROMPT.endsWith(prompt));
    assert.deepEqual(dallas?.accepted, [' Austin']);
  });

  test('antonym answers are the other word of the pair', () => {
    for (const item of items) {
      if (item.kind !== 'antonym') continue;
      const pair = ANTONYMS[item.pair].words[item.language];
      assert.deepEqual([item.word, item.accepted[0].trim()], item.direction === 0 ? [...pair] : [pair[1], pair[0]]);
    }
  });

  test('rhyme answers are all other words of the family and category', () => {
    for (const item of items) {
      if (item.kind !== 'rhyme') continue;
      const rhyming = RHYMES.filter(({ family, category }) => family === item.family && category === item.category);
      const expected = rhyming.map(({ word }) => ` ${word}`).filter(word => word !== ` ${item.word}`);
      assert.deepEqual(item.accepted, expected);
    }
  });

  test('French says "de" before consonants only', () => {
    const random = createRandom(8);
    for (let i = 0; i < 5000; i++) {
      const { text } = sampleOfKind(random, 'antonym');
      assert.doesNotMatch(text, /contraire de [aeiouéèêâ]/);
    }
    assert.equal(sets.antonym_heldout[0].prompt, 'le contraire de petit est');
  });
});

describe('generator', () => {
  test('a seed gives the same sentences again, another seed others', () => {
    const draw = (seed: number): string[] => {
      const random = createRandom(seed);
      return Array.from({ length: 200 }, () => sampleSentence(random).text);
    };
    assert.deepEqual(draw(1), draw(1));
    assert.notDeepEqual(draw(1), draw(2));
  });

  test('kinds come in the shares of the mix, and a mix of one kind gives that kind only', () => {
    const random = createRandom(4);
    const fillers = Object.fromEntries(KINDS.map(kind => [kind, kind === 'filler' ? 1 : 0])) as Record<Kind, number>;
    for (let i = 0; i < 500; i++) assert.deepEqual(sampleSentence(random, fillers).answers, []);
    const draws = 40_000;
    let count = 0;
    for (let i = 0; i < draws; i++) if (sampleSentence(random).answers.length === 0) count++;
    const total = KINDS.reduce((sum, kind) => sum + MIX[kind], 0);
    assert.ok(Math.abs(count / draws - MIX.filler / total) < 0.005);
  });

  test('a fifth of the sentences that begin with a template word is capitalised, 15 % of facts say so', () => {
    const random = createRandom(6);
    const draws = 40_000;
    const texts = Array.from({ length: draws }, () => sampleOfKind(random, 'one_hop').text);
    const share = texts.filter(text => text.startsWith('Fact: ')).length / draws;
    assert.ok(Math.abs(share - 0.15) < 0.01);
    const literal = texts.filter(text => /^(the|people) /i.test(text));
    const capitalised = literal.filter(text => /^[TP]/.test(text)).length / literal.length;
    assert.ok(Math.abs(capitalised - 0.2) < 0.01);
  });

  test('every sentence ends with its full stop and its answer spans are words of it', () => {
    const random = createRandom(7);
    for (let i = 0; i < 20_000; i++) {
      const { text, answers } = sampleSentence(random);
      assert.match(text, /^\S.*[^\s.,:]\.$/u);
      assert.doesNotMatch(text, / {2}| [.,:]|undefined|[{}]/);
      for (const { start, end } of answers) assert.match(text.slice(start, end), /^[\p{L}\p{N}][\p{L}\p{N} ]*$/u);
    }
  });
});
