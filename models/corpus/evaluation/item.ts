import type { Language } from '../facts/antonyms.ts';
import type { RhymeCategory } from '../facts/rhymes.ts';
import type { PlaceGroup, Relation } from '../relations.ts';

/** A question: the answer is right if the model's continuation of `prompt` begins with one of `accepted`. */
interface Question {
  /** No trailing space. */
  prompt: string;
  /** Whole answers, each with the space before it, e.g. " Salt Lake City". */
  accepted: string[];
  heldOut: boolean;
}

export interface PlaceItem extends Question {
  kind: 'two_hop' | 'one_hop' | 'city_state';
  group: PlaceGroup;
  /** Name of the state or country. */
  place: string;
  /** Absent in one-hop questions, which name the place itself. */
  city?: string;
  /** Absent in city_state questions, whose answer is the place. */
  relation?: Relation;
}

export interface AntonymItem extends Question {
  kind: 'antonym';
  /** Index into ANTONYMS. */
  pair: number;
  language: Language;
  word: string;
  /** 0 asks for the second word of the pair, 1 for the first. */
  direction: 0 | 1;
}

export interface RhymeItem extends Question {
  kind: 'rhyme';
  /** Last word of the first line. */
  word: string;
  family: string;
  /** What the second line's last word must name. */
  category: RhymeCategory;
}

export interface IndirectObjectItem extends Question {
  kind: 'indirect_object';
  giver: string;
  receiver: string;
}

export type EvaluationItem = PlaceItem | AntonymItem | RhymeItem | IndirectObjectItem;
