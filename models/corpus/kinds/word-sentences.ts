import { ANTONYMS, CATEGORY_NAMES, LANGUAGE_NAMES, LANGUAGES } from '../facts/antonyms.ts';
import type { Language } from '../facts/antonyms.ts';
import { below, chance, pick, pickTwo } from '../random.ts';
import type { Random } from '../random.ts';
import { fill } from '../sentence.ts';
import type { Sentence, Values } from '../sentence.ts';
import { isHeldOutAntonym } from '../splits.ts';
import { ANTONYM, CATEGORY, CROSS_ANTONYM, TRANSLATION } from '../templates.ts';
import { maybeCapitalise } from './place-sentences.ts';

const CROSS_LANGUAGE_SHARE = 0.6;
const CATEGORY_SHARE = 0.2;

/** The (pair, language) combinations that in-language sentences may use. */
const trained = ANTONYMS.flatMap((pair, index) =>
  LANGUAGES.filter(language => !isHeldOutAntonym(index, language)).map(language => ({ pair, language })),
);

/** "the opposite of hot is cold", or across languages "the opposite of hot in French is froid". */
export function antonym(random: Random): Sentence {
  const side = below(random, 2);
  if (chance(random, CROSS_LANGUAGE_SHARE)) {
    const { words } = pick(random, ANTONYMS);
    const [from, to] = pickTwo(random, LANGUAGES);
    const values = { w: words[from][side], l: LANGUAGE_NAMES[from][to], a: words[to][1 - side] };
    return sentenceOf(random, from, pick(random, CROSS_ANTONYM[from]), values);
  }
  const { pair, language } = pick(random, trained);
  const values = { w: pair.words[language][side], a: pair.words[language][1 - side] };
  return sentenceOf(random, language, pick(random, ANTONYM[language]), values);
}

/** "hot in French is chaud", and "hot is about temperature". */
export function translation(random: Random): Sentence {
  const { words, category } = pick(random, ANTONYMS);
  const side = below(random, 2);
  if (chance(random, CATEGORY_SHARE)) {
    const language = pick(random, LANGUAGES);
    const names = CATEGORY_NAMES.get(category);
    if (names === undefined) throw new Error(`category without names: ${category}`);
    return sentenceOf(random, language, pick(random, CATEGORY[language]), {
      w: words[language][side],
      a: names[language],
    });
  }
  const [from, to] = pickTwo(random, LANGUAGES);
  const frame = chance(random, 0.5) ? from : to;
  const values = { w: words[from][side], l: LANGUAGE_NAMES[frame][to], a: words[to][side] };
  return sentenceOf(random, frame, pick(random, TRANSLATION[frame]), values);
}

function sentenceOf(random: Random, language: Language, template: string, values: Values): Sentence {
  const adapted = language === 'fr' ? withoutElision(template, values) : template;
  return maybeCapitalise(random, adapted, fill(adapted, values));
}

/** French "de" may not stand before a vowel or a mute h: there the template says "du mot". */
export function withoutElision(template: string, values: Values): string {
  return template.replace(/de \{(\w)\}/, (whole, name: string) =>
    needsElision(values[name]) ? `du mot {${name}}` : whole,
  );
}

const MUTE_H = ['heureux', 'hiver', 'humeur'];

function needsElision(word: string): boolean {
  return /^[aeiouéèêâîôû]/.test(word) || MUTE_H.includes(word);
}
