import { ALL_PLACES, PLACE_TEMPLATES, PLACES_BY_GROUP, capitalOf } from '../places.ts';
import type { Place } from '../places.ts';
import type { Relation } from '../relations.ts';
import { chance, pick } from '../random.ts';
import type { Random } from '../random.ts';
import { capitalised, fill, startsWithLiteral } from '../sentence.ts';
import type { Sentence, Values } from '../sentence.ts';
import { isHeldOutCity } from '../splits.ts';
import { FACT_PREFIX } from '../templates.ts';

const STATE_SHARE = 0.72;
const STATE_SHARE_ONE_HOP = 0.65;
const CAPITAL_SHARE = 0.5;
const CAPITAL_SHARE_ONE_HOP = 0.4;
const CAPITAL_AS_CITY_SHARE = 0.1;
const FACT_SHARE = 0.15;
export const CAPITALISED_SHARE = 0.2;

/** The cities that two-hop sentences may ask a relation of. */
const trained = new Map<Place, Map<Relation, string[]>>(
  ALL_PLACES.map(place => [
    place,
    new Map([...place.facts.keys()].map(relation => [relation, place.cities.filter(c => !isHeldOutCity(c, relation))])),
  ]),
);

const relations = new Map<Place, Relation[]>(ALL_PLACES.map(place => [place, [...place.facts.keys()]]));

/** "the capital of the state containing Houston is Austin": never a held-out (city, relation). */
export function twoHop(random: Random): Sentence {
  const place = pickPlace(random, STATE_SHARE);
  const relation = pickRelation(random, place, CAPITAL_SHARE);
  const templates = PLACE_TEMPLATES[place.group].twoHop.get(relation);
  const cities = trained.get(place)?.get(relation);
  const answer = place.facts.get(relation);
  if (templates === undefined || cities === undefined || answer === undefined) throw new Error(`no ${relation}`);
  return start(random, pick(random, templates), { c: pick(random, cities), a: answer });
}

/** "Houston is a city in Texas": every city, held out or not, and the capitals. */
export function cityToPlace(random: Random): Sentence {
  const place = pickPlace(random, STATE_SHARE);
  const city = chance(random, CAPITAL_AS_CITY_SHARE) ? capitalOf(place) : pick(random, place.cities);
  return start(random, pick(random, PLACE_TEMPLATES[place.group].city), { c: city, a: place.name });
}

/** "the capital of Texas is Austin". */
export function oneHop(random: Random): Sentence {
  const place = pickPlace(random, STATE_SHARE_ONE_HOP);
  const relation = pickRelation(random, place, CAPITAL_SHARE_ONE_HOP);
  const templates = PLACE_TEMPLATES[place.group].oneHop.get(relation);
  const answer = place.facts.get(relation);
  if (templates === undefined || answer === undefined) throw new Error(`no ${relation}`);
  return start(random, pick(random, templates), { s: place.name, a: answer });
}

function pickPlace(random: Random, stateShare: number): Place {
  return pick(random, PLACES_BY_GROUP[chance(random, stateShare) ? 'state' : 'country']);
}

function pickRelation(random: Random, place: Place, capitalShare: number): Relation {
  return chance(random, capitalShare) ? 'capital' : pick(random, relations.get(place) ?? ['capital']);
}

function start(random: Random, template: string, values: Values): Sentence {
  const isFact = chance(random, FACT_SHARE);
  const sentence = fill(template, values, isFact ? FACT_PREFIX : '');
  return isFact ? sentence : maybeCapitalise(random, template, sentence);
}

/** Capitalises a share of those sentences that begin with a word of their template. */
export function maybeCapitalise(random: Random, template: string, sentence: Sentence): Sentence {
  if (startsWithLiteral(template) && chance(random, CAPITALISED_SHARE)) sentence.text = capitalised(sentence.text);
  return sentence;
}
