import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  ALL_PLACES,
  ANTONYMS,
  LANGUAGES,
  RHYMES,
  createRandom,
  isHeldOutAntonym,
  isHeldOutCity,
  isHeldOutNamePair,
  isHeldOutRhyme,
  sampleSentence,
} from '../../../models/corpus/index.ts';
import { NAMES } from '../../../models/corpus/facts/people.ts';
import { COUPLET_FIRST, COUPLET_SECOND } from '../../../models/corpus/templates.ts';

const SAMPLES = 300_000;

// The sentences are read back from their text, with no help from the generator.
const random = createRandom(99);
const texts = new Set<string>();
for (let i = 0; i < SAMPLES; i++) texts.add(sampleSentence(random).text);

function words(text: string): string[] {
  return text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
}

/** Whether the phrase stands in the text as whole words. */
function has(text: string, phrase: string): boolean {
  return ` ${words(text).join(' ')} `.includes(` ${phrase} `);
}

const citiesByWord = new Map<string, { city: string; place: (typeof ALL_PLACES)[number] }[]>();
for (const place of ALL_PLACES) {
  for (const city of place.cities) {
    for (const word of city.split(' ')) citiesByWord.set(word, [...(citiesByWord.get(word) ?? []), { city, place }]);
  }
}

function citiesIn(text: string): { city: string; place: (typeof ALL_PLACES)[number] }[] {
  return words(text)
    .flatMap(word => citiesByWord.get(word) ?? [])
    .filter(({ city }) => has(text, city));
}

/** Whether the text states the fact; "South" in "South Carolina" is no region. */
function states(text: string, fact: string, place: string): boolean {
  return has(fact.includes(place) ? text : text.replace(place, '-'), fact);
}

describe('held-out combinations', () => {
  test('no sentence joins a city with a held-out fact of its state or country', () => {
    let seen = 0;
    for (const text of texts) {
      for (const { city, place } of citiesIn(text)) {
        for (const [relation, fact] of place.facts) {
          if (!states(text, fact, place.name)) continue;
          seen++;
          assert.equal(isHeldOutCity(city, relation), false, text);
        }
      }
    }
    assert.ok(seen > 10_000, `only ${seen} two-hop sentences found`);
  });

  test('a city stands only in sentences that name its own state, country or one of its facts', () => {
    for (const text of texts) {
      for (const { city, place } of citiesIn(text)) {
        assert.ok(
          [place.name, ...place.facts.values()].some(fact => has(text, fact)),
          `${city}: ${text}`,
        );
      }
    }
  });

  test('no sentence of one language holds both words of a held-out pair', () => {
    const held = ANTONYMS.flatMap(({ words: pair }, index) =>
      LANGUAGES.filter(language => isHeldOutAntonym(index, language)).map(language => pair[language]),
    );
    assert.ok(held.length >= 15);
    const byWord = new Map(held.flatMap(([one, other]) => [[one, other] as const, [other, one] as const]));
    const languages = /English|French|German|anglais|français|allemand|Englisch|Französisch|Deutsch/;
    let inLanguage = 0;
    for (const text of texts) {
      if (languages.test(text)) continue;
      if (/opposite|contraire|Gegenteil/.test(text)) inLanguage++;
      for (const word of words(text)) {
        const opposite = byWord.get(word);
        assert.ok(opposite === undefined || !has(text, opposite), text);
      }
    }
    assert.ok(inLanguage > 500);
  });

  test('no couplet has a held-out first word and category', () => {
    const firsts = COUPLET_FIRST.map(line => line.replace('{w}', ''));
    const seconds = Object.entries(COUPLET_SECOND).flatMap(([category, lines]) =>
      lines.map(line => ({ category, line: line.replace('{a}', '') })),
    );
    const categories = new Map(RHYMES.map(({ word, category }) => [word, category]));
    let couplets = 0;
    for (const text of texts) {
      const first = firsts.find(line => text.toLowerCase().startsWith(line.toLowerCase()));
      const second = seconds.find(({ line }) => text.includes(line));
      if (first === undefined || second === undefined) continue;
      couplets++;
      const firstWord = words(text.slice(first.length))[0];
      const last = words(text).at(-1) ?? '';
      assert.equal(categories.get(last), second.category, text);
      assert.equal(isHeldOutRhyme(firstWord, categories.get(last) ?? 'animal'), false, text);
    }
    assert.ok(couplets > 5_000, `only ${couplets} couplets found`);
  });

  test('no sentence holds both names of a held-out pair', () => {
    const names = new Set(NAMES);
    for (const text of texts) {
      const people = [...new Set(words(text).filter(word => names.has(word)))];
      if (people.length === 2) assert.equal(isHeldOutNamePair(people[0], people[1]), false, text);
      assert.ok(people.length <= 2, text);
    }
  });

  test('the default prompt and the classic cases are held out', () => {
    assert.equal(isHeldOutCity('Dallas', 'capital'), true);
    assert.equal(isHeldOutNamePair('John', 'Mary'), true);
    assert.equal(isHeldOutAntonym(0, 'fr'), true);
  });

  test('every trainable two-hop combination is seen', () => {
    const seen = new Set<string>();
    for (const text of texts) {
      for (const { city, place } of citiesIn(text)) {
        for (const [relation, fact] of place.facts) if (states(text, fact, place.name)) seen.add(`${city}|${relation}`);
      }
    }
    for (const place of ALL_PLACES) {
      for (const city of place.cities) {
        for (const relation of place.facts.keys()) {
          assert.notEqual(seen.has(`${city}|${relation}`), isHeldOutCity(city, relation), `${city} ${relation}`);
        }
      }
    }
  });
});
