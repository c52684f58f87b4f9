import { ANTONYMS, CATEGORY_NAMES, LANGUAGE_NAMES, LANGUAGES } from './facts/antonyms.ts';
import { ADJECTIVES, MOVES, NAMES, OBJECTS, PERSONS, PLACES } from './facts/people.ts';
import { RHYMES } from './facts/rhymes.ts';
import { ALL_PLACES } from './places.ts';
import { capitalised, startsWithLiteral } from './sentence.ts';
import * as templates from './templates.ts';

/** Every word that a sentence can hold, case kept, sorted by code point; punctuation is not among them. */
export function corpusWords(): string[] {
  const words = new Set<string>();
  const addText = (text: string): void => {
    for (const word of text.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []) words.add(word);
  };
  for (const template of collectStrings(Object.values(templates))) {
    const literals = template.replaceAll(/\{\w+\}/g, ' ');
    addText(literals);
    if (startsWithLiteral(template)) addText(capitalised(literals));
  }
  // The French templates in the form that withoutElision gives them.
  addText('du mot');
  for (const place of ALL_PLACES) {
    [place.name, ...place.facts.values(), ...place.cities].forEach(addText);
  }
  for (const pair of ANTONYMS) LANGUAGES.forEach(language => pair.words[language].forEach(addText));
  collectStrings([...CATEGORY_NAMES.values(), LANGUAGE_NAMES]).forEach(addText);
  RHYMES.forEach(({ word, category }) => [word, category].forEach(addText));
  [NAMES, PLACES, OBJECTS, ADJECTIVES, PERSONS, MOVES].flat().forEach(addText);
  return [...words].sort((one, other) => (one < other ? -1 : 1));
}

/** The strings in a value made of objects and arrays. */
function collectStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(collectStrings);
}
