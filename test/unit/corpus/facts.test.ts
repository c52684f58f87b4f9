import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ADJECTIVES, MOVES, NAMES, OBJECTS, PERSONS, PLACES } from '../../../models/corpus/facts/people.ts';
import {
  ALL_PLACES,
  ANTONYMS,
  LANGUAGES,
  PLACES_BY_GROUP,
  RHYMES,
  RHYME_FAMILIES,
  capitalOf,
} from '../../../models/corpus/index.ts';
import { CATEGORY_NAMES } from '../../../models/corpus/facts/antonyms.ts';
import { corpusWords } from '../../../models/corpus/vocabulary.ts';

describe('facts about places', () => {
  test('50 states, each with a two-letter abbreviation of its own, four facts and at least seven cities', () => {
    const states = PLACES_BY_GROUP.state;
    assert.equal(states.length, 50);
    const abbreviations = states.map(state => state.facts.get('abbreviation') ?? '');
    assert.equal(new Set(abbreviations).size, 50);
    for (const abbreviation of abbreviations) assert.match(abbreviation, /^[A-Z]{2}$/);
    for (const state of states) {
      assert.equal(state.facts.size, 4);
      assert.match(state.facts.get('year') ?? '', /^(17|18|19)\d\d$/);
      assert.ok(state.cities.length >= 7, state.name);
    }
  });

  test('states by census region number as the census has them', () => {
    const count = (region: string): number =>
      PLACES_BY_GROUP.state.filter(state => state.facts.get('region') === region).length;
    // The South's 16 are without the District of Columbia.
    assert.deepEqual(['Northeast', 'Midwest', 'South', 'West'].map(count), [9, 12, 16, 13]);
  });

  test('13 states joined by 1790 and they are the first colonies', () => {
    const early = PLACES_BY_GROUP.state.filter(state => Number(state.facts.get('year')) <= 1790);
    const colonies =
      'Connecticut Delaware Georgia Maryland Massachusetts New_Hampshire New_Jersey New_York North_Carolina ' +
      'Pennsylvania Rhode_Island South_Carolina Virginia';
    assert.deepEqual(
      early.map(state => state.name),
      colonies.split(' ').map(name => name.replace('_', ' ')),
    );
  });

  test('a name means one thing: one city, one capital, one state or one country', () => {
    const owner = new Map<string, string>();
    for (const place of ALL_PLACES) {
      for (const name of [place.name, capitalOf(place), ...place.cities]) {
        assert.equal(owner.get(name), undefined, `${name}: ${place.name} and ${owner.get(name)}`);
        owner.set(name, place.name);
      }
    }
    assert.equal(owner.get('Dallas'), 'Texas');
  });

  test('a city of one word shares it with no other word of the corpus', () => {
    const cities = ALL_PLACES.flatMap(place => place.cities).filter(city => !city.includes(' '));
    const others = [
      ...ALL_PLACES.flatMap(place => [
        place.name,
        ...place.facts.values(),
        ...place.cities.filter(c => c.includes(' ')),
      ]),
      ...NAMES,
      ...ANTONYMS.flatMap(pair => LANGUAGES.flatMap(language => pair.words[language])),
      ...RHYMES.map(({ word }) => word),
      ...[PLACES, OBJECTS, ADJECTIVES, PERSONS, MOVES].flat(),
    ].flatMap(text => text.split(' '));
    const known = new Set(others);
    assert.deepEqual(
      cities.filter(city => known.has(city)),
      [],
    );
  });

  test('countries have a capital, a currency and at least five cities', () => {
    assert.ok(PLACES_BY_GROUP.country.length >= 40);
    for (const country of PLACES_BY_GROUP.country) {
      assert.ok(country.facts.has('capital') && country.facts.has('currency'), country.name);
      assert.ok(country.cities.length >= 5, country.name);
    }
  });
});

describe('antonyms', () => {
  test('a word is in one pair of its language', () => {
    for (const language of LANGUAGES) {
      const words = ANTONYMS.flatMap(pair => pair.words[language]);
      assert.equal(new Set(words).size, words.length, language);
    }
  });

  test('a word of two languages is the same side of the same pair in both', () => {
    const meaning = new Map<string, string>();
    ANTONYMS.forEach((pair, index) => {
      for (const language of LANGUAGES) {
        pair.words[language].forEach((word, side) => {
          assert.equal(meaning.get(word) ?? `${index}/${side}`, `${index}/${side}`, word);
          meaning.set(word, `${index}/${side}`);
        });
      }
    });
  });

  test('every category is named in three languages, and accents are written', () => {
    for (const pair of ANTONYMS) assert.ok(CATEGORY_NAMES.has(pair.category), pair.category);
    const words = new Set(corpusWords());
    for (const word of ['léger', 'schön', 'früh', 'süß', 'français', 'Französisch', 'Kraków']) {
      assert.ok(words.has(word), word);
    }
  });
});

describe('rhymes', () => {
  test('a word is in one family and one category, and no family stands alone', () => {
    const words = RHYMES.map(({ word }) => word);
    assert.equal(new Set(words).size, words.length);
    for (const [family, members] of RHYME_FAMILIES) assert.ok(members.length >= 2, family);
  });
});

describe('people', () => {
  test('names are no places, and objects take "a"', () => {
    const placeWords = new Set(
      ALL_PLACES.flatMap(place => [place.name, ...place.facts.values(), ...place.cities]).flatMap(n => n.split(' ')),
    );
    assert.equal(new Set(NAMES).size, 60);
    assert.deepEqual(
      NAMES.filter(name => placeWords.has(name)),
      [],
    );
    for (const word of OBJECTS) assert.doesNotMatch(word, /^[aeiou]/);
  });
});
