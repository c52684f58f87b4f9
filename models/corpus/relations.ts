/** What the corpus says of a state and of a country. */
export const STATE_RELATIONS = ['capital', 'abbreviation', 'region', 'year'] as const;
export const COUNTRY_RELATIONS = ['capital', 'language', 'continent', 'currency'] as const;
export type StateRelation = (typeof STATE_RELATIONS)[number];
export type CountryRelation = (typeof COUNTRY_RELATIONS)[number];
export type Relation = StateRelation | CountryRelation;
export type PlaceGroup = 'state' | 'country';
