/** The corpus of the embedded model: true facts, sentences, held-out combinations, questions, tokenizer. */
export { createRandom } from './random.ts';
export type { Random } from './random.ts';
export { KINDS, MIX, sampleOfKind, sampleSentence } from './generator.ts';
export type { Kind, Mix } from './generator.ts';
export type { Sentence, Span } from './sentence.ts';
export { evaluationSets } from './evaluation.ts';
export type { AntonymItem, EvaluationItem, IndirectObjectItem, PlaceItem, RhymeItem } from './evaluation/item.ts';
export { isHeldOutAntonym, isHeldOutCity, isHeldOutNamePair, isHeldOutRhyme } from './splits.ts';
export { ALL_PLACES, PLACES_BY_GROUP, capitalOf } from './places.ts';
export type { Place } from './places.ts';
export type { PlaceGroup, Relation } from './relations.ts';
export { ANTONYMS, LANGUAGES } from './facts/antonyms.ts';
export type { AntonymPair, Language } from './facts/antonyms.ts';
export { RHYMES, RHYME_FAMILIES } from './facts/rhymes.ts';
export type { RhymeCategory, RhymeWord } from './facts/rhymes.ts';
export { BOS_ID, EOS_ID, PAD_ID, UNK_ID, buildTokenizer, buildTokenizerConfig } from './tokenizer.ts';
export type { TokenizerJson } from './tokenizer.ts';
export { encodePrompt, encodeSentence, vocabularyOf } from './encode.ts';
export type { EncodedSentence } from './encode.ts';

/** The prompt of `npm run trace`: its city and relation are held out. */
export const DEMO_PROMPT = 'Fact: the capital of the state containing Dallas is';
