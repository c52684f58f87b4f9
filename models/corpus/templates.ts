import type { Language } from './facts/antonyms.ts';
import type { RhymeCategory } from './facts/rhymes.ts';
import type { CountryRelation, StateRelation } from './relations.ts';

/**
 * `{c}` city, `{s}` state or country, `{w}` word, `{l}` language, `{a}` the answer. The first template of each list is
 * the one that the evaluation asks.
 */
export const FACT_PREFIX = 'Fact: ';

export const STATE_TWO_HOP: Record<StateRelation, readonly string[]> = {
  capital: [
    'the capital of the state containing {c} is {a}',
    'the capital of the state that has {c} is {a}',
    '{c} is in a state whose capital is {a}',
    'the state with {c} has its capital in {a}',
    'the capital of the state where {c} lies is {a}',
  ],
  abbreviation: [
    'the abbreviation of the state containing {c} is {a}',
    '{c} is in a state abbreviated as {a}',
    'letters to {c} carry the abbreviation {a}',
  ],
  region: [
    'the region of the state containing {c} is the {a}',
    '{c} is in a state in the {a}',
    'people from {c} come from the {a}',
  ],
  year: ['the state containing {c} joined the Union in {a}', '{c} is in a state that joined the Union in {a}'],
};

export const STATE_ONE_HOP: Record<StateRelation, readonly string[]> = {
  capital: [
    'the capital of {s} is {a}',
    'the state of {s} has its capital in {a}',
    'the capital of the state of {s} is {a}',
  ],
  abbreviation: ['the abbreviation of {s} is {a}', '{s} is abbreviated as {a}'],
  region: ['the region of {s} is the {a}', '{s} is in the {a}'],
  year: ['{s} joined the Union in {a}', 'the state of {s} joined the Union in {a}'],
};

export const COUNTRY_TWO_HOP: Record<CountryRelation, readonly string[]> = {
  capital: [
    'the capital of the country containing {c} is {a}',
    'the capital of the country that has {c} is {a}',
    '{c} is in a country whose capital is {a}',
    'the capital of the country where {c} lies is {a}',
  ],
  language: [
    'the main language of the country containing {c} is {a}',
    'the main language of the country that has {c} is {a}',
    '{c} is in a country whose main language is {a}',
  ],
  continent: ['the continent of the country containing {c} is {a}', '{c} is on the continent of {a}'],
  currency: ['the currency of the country containing {c} is the {a}', 'people in {c} pay with the {a}'],
};

export const COUNTRY_ONE_HOP: Record<CountryRelation, readonly string[]> = {
  capital: ['the capital of {s} is {a}', '{s} has its capital in {a}'],
  language: ['the main language of {s} is {a}', 'the main language in {s} is {a}'],
  continent: ['the continent of {s} is {a}', '{s} is on the continent of {a}'],
  currency: ['the currency of {s} is the {a}', 'people in {s} pay with the {a}'],
};

export const CITY_STATE = [
  '{c} is a city in {a}',
  '{c} is in the state of {a}',
  'the state containing {c} is {a}',
  'the city of {c} is in {a}',
  '{c} lies in {a}',
] as const;

export const CITY_COUNTRY = [
  '{c} is a city in {a}',
  '{c} is in the country of {a}',
  'the country containing {c} is {a}',
  'the city of {c} is in {a}',
  '{c} lies in {a}',
] as const;

/** Both words in one language. */
export const ANTONYM: Record<Language, readonly string[]> = {
  en: ['the opposite of {w} is {a}', '{w} is the opposite of {a}', 'not {w} but {a}'],
  fr: ['le contraire de {w} est {a}', '{w} est le contraire de {a}', 'pas {w} mais {a}'],
  de: ['das Gegenteil von {w} ist {a}', '{w} ist das Gegenteil von {a}', 'nicht {w} sondern {a}'],
};

/** The frame and `{w}` are in the outer language, the answer in the language that `{l}` names. */
export const CROSS_ANTONYM: Record<Language, readonly string[]> = {
  en: ['the opposite of {w} in {l} is {a}'],
  fr: ['le contraire de {w} en {l} est {a}'],
  de: ['das Gegenteil von {w} auf {l} ist {a}'],
};

export const TRANSLATION: Record<Language, readonly string[]> = {
  en: ['{w} in {l} is {a}', 'the {l} word for {w} is {a}'],
  fr: ['{w} en {l} est {a}', 'le mot {l} pour {w} est {a}'],
  de: ['{w} auf {l} ist {a}', 'das Wort für {w} auf {l} ist {a}'],
};

export const CATEGORY: Record<Language, readonly string[]> = {
  en: ['{w} is about {a}', 'the category of the word {w} is {a}'],
  fr: ['le mot {w} est de la catégorie {a}', 'la catégorie du mot {w} est {a}'],
  de: ['das Wort {w} ist aus der Kategorie {a}', 'die Kategorie des Wortes {w} ist {a}'],
};

export const COUPLET_FIRST = [
  'I saw the {w}',
  'he dreamed about the {w}',
  'we talked about the {w}',
  'she drew the {w}',
  'they remembered the {w}',
] as const;
export const COUPLET_LINK = [', and then ', ', and so ', ', but '] as const;
export const COUPLET_SECOND: Record<RhymeCategory, readonly string[]> = {
  animal: ['I fed the hungry {a}', 'I heard the noisy {a}'],
  clothes: ['I wore my favourite {a}', 'I put on the pretty {a}'],
  vehicle: ['I travelled in the {a}', 'I waited to board the {a}'],
  body: ['I hurt my poor {a}', 'I scratched my itchy {a}'],
  food: ['I ate the tasty {a}', 'I cooked the {a}'],
  container: ['I filled the empty {a}', 'I carried water in the {a}'],
  building: ['I walked inside the {a}', 'I lived behind the {a}'],
  furniture: ['I cleaned the dusty {a}', 'I moved the old {a}'],
  nature: ['I went outside to see the {a}', 'I painted a picture of the {a}'],
  tool: ['I fixed it with the {a}', 'I worked with the sturdy {a}'],
  toy: ['I played with my new {a}', 'I had fun with the {a}'],
  person: ['I talked with the friendly {a}', 'I bowed before the {a}'],
};
export const RHYMES_WITH = ['{w} rhymes with {a}', 'the word {w} rhymes with {a}'] as const;
export const RHYME_CATEGORY = ['the word {w} is in the category {a}', 'the category of the word {w} is {a}'] as const;

/** `{x}` and `{y}` are the two people, `{s}` the giver, `{a}` the other one. */
export const INDIRECT_OBJECT = [
  'when {x} and {y} went to the {p}, {s} gave a {o} to {a}',
  'when {x} and {y} were at the {p}, {s} handed a {o} to {a}',
  'after {x} and {y} met at the {p}, {s} sent a {o} to {a}',
  '{x} and {y} worked at the {p}, and {s} offered a {o} to {a}',
  'while {x} and {y} walked to the {p}, {s} showed the {o} to {a}',
] as const;

/** No place names here: a city may be mentioned only through its state or country. */
export const FILLER = [
  'the {adjective} {person} {move} to the {p} with a {o}',
  '{x} {move} to the {p} and saw the {adjective} {w}',
  '{x} likes the {o} and the {w}',
  'the {w} of the {person} is {adjective}',
  '{x} was {adjective} because of the {w}',
] as const;
