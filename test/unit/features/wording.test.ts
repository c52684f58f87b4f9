import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { classRules } from '../../../src/features/labels/class-rules.ts';
import { TokenForms, type LabelContext } from '../../../src/features/labels/label-context.ts';
import { languageAt } from '../../../src/features/labels/language-rules.ts';
import { simpleRule, type Fitting, type Phrase } from '../../../src/features/labels/rule.ts';
import { themeOf } from '../../../src/features/labels/theme.ts';
import {
  nextRules,
  previousRules,
  themeRules,
  tokenRules,
  weightRules,
} from '../../../src/features/labels/token-rules.ts';
import { affixRules } from '../../../src/features/labels/affix-rules.ts';
import { earlierRules } from '../../../src/features/labels/earlier-rules.ts';
import { phraseRules } from '../../../src/features/labels/phrase-rules.ts';
import { LABEL_CHARACTERS, worded } from '../../../src/features/labels/wording.ts';

const phrase = (role: Phrase['role'], ...names: string[]): Phrase => ({ role, names, words: [] });
const list = (role: Phrase['role'], ...names: string[]): Phrase => ({ role, names, words: names });

describe('words of a label', () => {
  const said: readonly [phrases: Phrase[][], text: string][] = [
    [[[phrase('at', 'Dallas')]], 'Dallas'],
    [[[phrase('at', 'is', 'in', 'of', 'at')]], 'is, in, of, …'],
    [[[phrase('earlier', 'Dallas', 'Waco')]], 'Dallas, Waco earlier'],
    [[[phrase('earlier', 'Dallas', 'Waco'), phrase('at', 'is')]], 'is with Dallas, Waco earlier'],
    [[[phrase('at', 'is'), phrase('say', 'Austin')]], 'say Austin at is'],
    [[[phrase('before', 'a number'), phrase('after', 'of')]], 'after of before a number'],
    [[[phrase('at', 'capitalised word'), phrase('place', 'inside quotes')]], 'capitalised word inside quotes'],
    [[[phrase('at', 'Dallas')], [phrase('after', 'of')]], 'Dallas or after of'],
    [
      [[phrase('before', 'Sacramento', 'Springfield', 'Tallahassee')], [phrase('after', 'Montgomery', 'Juneau')]],
      'before Sacramento, Springfield, … or …',
    ],
    [
      [[phrase('before', 'upper case'), list('earlier', 'Massachusetts', 'Connecticut')]],
      'Massachusetts, Connecticut earlier …',
    ],
    [
      [[phrase('after', 'the', 'capital', 'state'), phrase('earlier', 'a word whose ending is -burg')]],
      'after the, capital, state …',
    ],
    [
      [[phrase('after', 'the', 'capital', 'state', 'city'), phrase('earlier', 'a word whose ending is -burg')]],
      'after the, capital, state, …',
    ],
  ];
  for (const [phrases, text] of said) test(text, () => assert.equal(worded({ phrases }), text));

  test('a theme stands at the end, where there is room', () => {
    const list = { phrases: [[phrase('at', 'Lubbock', 'Waco', 'Abilene', 'Plano')]] };
    assert.equal(worded(list, 'Texas'), 'Lubbock, Waco, Abilene, … (Texas)');
    assert.equal(worded(list, 'Massachusetts'), 'Lubbock, Waco, … (Massachusetts)');
    assert.equal(worded(list, 'a theme that is much too long'), 'Lubbock, Waco, Abilene, …');
  });

  test('never more than there is room for, and never empty', () => {
    const roles = fc.constantFrom<Phrase['role']>('at', 'say', 'before', 'after', 'place', 'earlier');
    const names = fc.array(fc.string({ minLength: 1, maxLength: 30 }), { minLength: 1, maxLength: 5 });
    const phrases = fc.array(
      fc.array(
        fc.tuple(roles, names).map(([role, list]) => phrase(role, ...list)),
        { minLength: 1, maxLength: 3 },
      ),
      { minLength: 1, maxLength: 2 },
    );
    fc.assert(
      fc.property(phrases, fc.option(fc.string({ minLength: 1 }), { nil: undefined }), (all, theme) => {
        const text = worded({ phrases: all }, theme);
        assert.ok(text.length > 0 && text.length <= LABEL_CHARACTERS, text);
      }),
    );
  });
});

/** Texts in which the feature fires on the words with a star; of word tokens and a special one at the beginning. */
function fittingOf(activating: readonly string[], silent: readonly string[]): Fitting {
  const context = (text: string, group: number): LabelContext => {
    const tokens = ['<bos>', ...text.split(' ')];
    const activations = Float32Array.from(tokens, token => Number(token.startsWith('*')));
    const forms = new TokenForms(token => tokens[token].replace(/^\*/, ' '));
    const window = { tokens: Int32Array.from(tokens.keys()), start: 0 };
    return forms.context(window, 1, activations.some(value => value > 0) ? { activations, group } : undefined);
  };
  return {
    activating: activating.map(context),
    silent: silent.map(context),
    promoted: [],
    firing: undefined,
    frequency: word => (word === 'texas' || word === 'mammoths' ? 0.01 : 0.2),
  };
}

describe('classes of characters', () => {
  const classes: readonly [name: string, tokens: string[]][] = [
    ['year', ['1845', '1999', '2024']],
    ['number', ['7', '3.5', '12,000']],
    ['two capitals', ['TX', 'CA', 'NY']],
    ['word in capitals', ['NATO', 'USA', 'ABC']],
    ['capitalised word', ['Dallas', 'O’Neill', 'São']],
    ['lower-case word', ['house', 'été', 'tree']],
    ['punctuation', [',', '—', '?!']],
    ['line break', ['\n', '\r\n', '\n\n']],
    ['single letter', ['x', 'Y', 'z']],
    ['word with accents', ['été', 'Größe', 'São']],
    ['Cyrillic', ['дом', 'река', 'мир']],
    ['Greek', ['λόγος', 'νερό', 'ήλιος']],
    ['Chinese characters', ['北京', '水', '山']],
    ['Japanese kana', ['ひらがな', 'カタカナ', 'の']],
    ['Hangul', ['서울', '물', '산']],
    ['Arabic', ['ماء', 'بيت', 'نهر']],
    ['Hebrew', ['מים', 'בית', 'נהר']],
    ['Devanagari', ['पानी', 'घर', 'नदी']],
    ['Thai', ['น้ำ', 'บ้าน', 'แม่น้ำ']],
  ];
  for (const [name, tokens] of classes) {
    test(name, () => {
      const fitting = fittingOf(
        tokens.map(token => `So *${token} goes`),
        [],
      );
      const named = classRules(fitting).filter(rule => rule.phrases[0][0].names[0] === name);
      assert.equal(named.length, 1);
      for (const context of fitting.activating) {
        assert.equal(named[0].holds(context, 2), true);
        assert.equal(named[0].holds(context, 1) && named[0].holds(context, 3), false);
      }
      const outside = fittingOf(['So *mañana! goes'], []).activating[0];
      assert.equal(named[0].holds(outside, 2), name === 'word with accents');
    });
  }
});

test('the language of a text, by its function words up to a token', () => {
  const sentences: readonly [language: string | undefined, text: string][] = [
    ['English', 'the house of the king was old'],
    ['French', 'le contraire du mot est grand'],
    ['German', 'das Gegenteil von lang ist kurz'],
    ['Spanish', 'el perro y la casa son grandes'],
    ['Italian', 'il cane è nella casa della nonna'],
    ['Portuguese', 'o cão não está na casa'],
    ['Dutch', 'het huis van mijn oom is niet groot'],
    [undefined, 'Dallas Houston Waco'],
  ];
  for (const [language, text] of sentences) {
    const [context] = fittingOf([`*${text}`], []).activating;
    assert.equal(languageAt(context, context.words.length - 1), language, text);
  }
  const [mixed] = fittingOf(['*le mot est the word of the king'], []).activating;
  assert.equal(languageAt(mixed, 3), 'French');
  assert.equal(languageAt(mixed, 7), 'English');
});

test('whatever tokens hold, labels hold no control characters', () => {
  const token = fc
    .string({ minLength: 1, maxLength: 6, unit: 'binary' })
    .map(text => text.replaceAll(/[ *]/g, '\u0007'));
  const text = fc.array(token, { minLength: 3, maxLength: 6 }).map(tokens => tokens.join(' *'));
  fc.assert(
    fc.property(fc.array(text, { minLength: 3, maxLength: 5 }), text, (activating, silent) => {
      const fitting = {
        ...fittingOf(activating, [silent.replaceAll('*', '')]),
        promoted: ['abc\n', 'abc\n\r', 'abc\nd'],
      };
      const firing = fitting.activating.flatMap(({ words }) => words.slice(1, 3));
      for (const finder of [
        tokenRules,
        nextRules,
        previousRules,
        themeRules,
        weightRules,
        phraseRules,
        earlierRules,
        affixRules,
      ]) {
        for (const rule of finder({ ...fitting, firing })) {
          assert.doesNotMatch(worded(rule, themeOf(rule, fitting, fitting)), /[\p{Cc}\p{Zl}\p{Zp}]/u);
        }
      }
    }),
    { numRuns: 50 },
  );
  const lines = fittingOf(['So *\n then', 'And *\n then'], []);
  assert.equal(worded(tokenRules(lines)[0]), '"⏎"');
});

describe('the theme of a list', () => {
  const cities = ['Lubbock', 'Waco', 'Abilene', 'Plano', 'Laredo'];
  const texts = cities.flatMap(city => [`*${city} lies in Texas`, `the city of *${city} is nice`]);
  const fitting = fittingOf(texts, ['Boston lies in Massachusetts', 'the city of Salem is nice']);
  const [rule] = tokenRules(fitting);

  test('is a word that stands beside several of its words and seldom elsewhere', () => {
    assert.deepEqual(new Set(rule.tokens), new Set(cities.map(city => city.toLowerCase())));
    assert.equal(themeOf(rule, fitting, fitting), 'Texas');
  });

  test('is no word of the language', () => {
    assert.equal(themeOf(rule, { ...fitting, frequency: () => 0.1 }, fitting), undefined);
  });

  test('must be found again in other texts', () => {
    const others = fittingOf(
      cities.map(city => `the city of *${city} is big`),
      [],
    );
    assert.equal(themeOf(rule, fitting, others), undefined);
  });

  test('a collocation of one word is none', () => {
    const one = fittingOf(
      [...cities.map(city => `*${city} is nice`), ...Array<string>(5).fill('*Waco mammoths are old')],
      [],
    );
    assert.equal(themeOf(tokenRules(one)[0], one, one), undefined);
  });

  test('a rule without a list has none', () => {
    assert.equal(
      themeOf(
        simpleRule('class', 'at', ['number'], () => true),
        fitting,
        fitting,
      ),
      undefined,
    );
  });
});
