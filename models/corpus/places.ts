import { COUNTRIES } from './facts/countries.ts';
import { STATES } from './facts/states.ts';
import {
  COUNTRY_ONE_HOP,
  COUNTRY_TWO_HOP,
  CITY_COUNTRY,
  CITY_STATE,
  STATE_ONE_HOP,
  STATE_TWO_HOP,
} from './templates.ts';
import { COUNTRY_RELATIONS, STATE_RELATIONS } from './relations.ts';
import type { PlaceGroup, Relation } from './relations.ts';

/** A state or a country, alike: its facts by relation (a doubtful one is absent) and its cities. */
export interface Place {
  group: PlaceGroup;
  name: string;
  facts: ReadonlyMap<Relation, string>;
  cities: readonly string[];
}

export interface PlaceTemplates {
  twoHop: ReadonlyMap<Relation, readonly string[]>;
  oneHop: ReadonlyMap<Relation, readonly string[]>;
  city: readonly string[];
}

function byRelation<R extends Relation, T>(
  relations: readonly R[],
  valueOf: (relation: R) => T | undefined,
): Map<Relation, T> {
  const map = new Map<Relation, T>();
  for (const relation of relations) {
    const value = valueOf(relation);
    if (value !== undefined) map.set(relation, value);
  }
  return map;
}

export const PLACES_BY_GROUP: Record<PlaceGroup, readonly Place[]> = {
  state: STATES.map(state => ({
    group: 'state',
    name: state.name,
    facts: byRelation(STATE_RELATIONS, relation => state[relation]),
    cities: state.cities,
  })),
  country: COUNTRIES.map(country => ({
    group: 'country',
    name: country.name,
    facts: byRelation(COUNTRY_RELATIONS, relation => country[relation]),
    cities: country.cities,
  })),
};

export const ALL_PLACES: readonly Place[] = [...PLACES_BY_GROUP.state, ...PLACES_BY_GROUP.country];

export const PLACE_TEMPLATES: Record<PlaceGroup, PlaceTemplates> = {
  state: {
    twoHop: byRelation(STATE_RELATIONS, relation => STATE_TWO_HOP[relation]),
    oneHop: byRelation(STATE_RELATIONS, relation => STATE_ONE_HOP[relation]),
    city: CITY_STATE,
  },
  country: {
    twoHop: byRelation(COUNTRY_RELATIONS, relation => COUNTRY_TWO_HOP[relation]),
    oneHop: byRelation(COUNTRY_RELATIONS, relation => COUNTRY_ONE_HOP[relation]),
    city: CITY_COUNTRY,
  },
};

export function capitalOf(place: Place): string {
  const capital = place.facts.get('capital');
  if (capital === undefined) throw new Error(`no capital: ${place.name}`);
  return capital;
}
