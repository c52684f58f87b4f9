/** Prints what the corpus holds: `npx tsx models/corpus/show.ts`. */
import {
  ALL_PLACES,
  ANTONYMS,
  KINDS,
  PLACES_BY_GROUP,
  RHYMES,
  RHYME_FAMILIES,
  createRandom,
  encodeSentence,
  evaluationSets,
  sampleOfKind,
  sampleSentence,
  vocabularyOf,
} from './index.ts';
import { NAMES } from './facts/people.ts';

const random = createRandom(1);
const SAMPLES = 20_000;

console.log(`states ${PLACES_BY_GROUP.state.length}, countries ${PLACES_BY_GROUP.country.length}`);
for (const [group, places] of Object.entries(PLACES_BY_GROUP)) {
  const counts = places.map(place => place.cities.length);
  const total = counts.reduce((sum, count) => sum + count, 0);
  console.log(`  cities of ${group}: ${total}, each ${Math.min(...counts)} to ${Math.max(...counts)}`);
}
const facts = ALL_PLACES.reduce((sum, place) => sum + place.facts.size, 0);
console.log(`facts about places ${facts}, antonym pairs ${ANTONYMS.length}, names ${NAMES.length}`);
console.log(`rhyme words ${RHYMES.length} in ${RHYME_FAMILIES.size} families`);
console.log(`vocabulary ${vocabularyOf().size} pieces`);

for (const kind of KINDS) {
  const lengths = Array.from({ length: SAMPLES }, () => encodeSentence(sampleOfKind(random, kind)).ids.length);
  const mean = lengths.reduce((sum, length) => sum + length, 0) / SAMPLES;
  console.log(`  ${kind}: ${mean.toFixed(1)} tokens, at most ${Math.max(...lengths)} (with <bos>)`);
}

console.log('\nsentences, answers in brackets');
for (let i = 0; i < 30; i++) {
  const { text, answers } = sampleSentence(random);
  const marked = answers.reduceRight(
    (marks, { start, end }) => `${marks.slice(0, start)}[${marks.slice(start, end)}]${marks.slice(end)}`,
    text,
  );
  console.log(`  ${marked}`);
}

console.log('\nevaluation sets');
for (const [name, items] of Object.entries(evaluationSets())) {
  const [{ prompt, accepted }] = items;
  console.log(`  ${name} ${items.length}: "${prompt}" ->${accepted.join(' /')}`);
}
