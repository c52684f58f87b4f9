/**
 * A corpus of template sentences and features whose meaning is known: what the index and the labels are held against.
 */
import type { ActivationSource, LayerActivations, SparseActivations } from '../../../src/features/source.ts';

export const BOS = 0;

const CITIES = ['Dallas', 'Houston', 'Waco', 'Austin', 'Oakland', 'Fresno', 'Boston', 'Salem', 'Buffalo', 'Albany'];
const NUMBERS = Array.from({ length: 60 }, (_, i) => String(17 * i + 12));
const ADJECTIVES = ['red', 'tall', 'quiet', 'old', 'new', 'small', 'happy', 'strange'];
const NOUNS = ['house', 'river', 'dog', 'bridge', 'garden', 'king', 'ring', 'school', 'tree', 'road', 'boat', 'cloud'];
const STEMS =
  'walk talk jump play work sing read cook paint climb fall push pull lift open listen look help wait count';
const VERBS = STEMS.split(' ').map(stem => `${stem}ing`);
const NAMES = ['Mary', 'John', 'Tom', 'Alice', 'Bob', 'Emma', 'Paul', 'Nora'];
const FRENCH =
  'maison élève rivière été forêt école frère mère thé père chat pain vin jardin pont roi cheval rue fleur ville fenêtre ' +
  'porte livre chaise arbre mer montagne bébé café métro hôpital musée théâtre fête tête pêche crème poème île lumière';
const WORDS = `Fact the capital of state containing is a in city has and people saw , . " ( ) was on gave to said I they le est`;

/** Token id -> text; every word but punctuation starts with its space, as in a vocabulary of words. */
const texts: string[] = ['<bos>'];
const ids = new Map<string, number>();
for (const word of [CITIES, NUMBERS, ADJECTIVES, NOUNS, VERBS, NAMES, FRENCH.split(' '), WORDS.split(' ')].flat()) {
  if (ids.has(word)) continue;
  ids.set(word, texts.length);
  texts.push(/^[,.)]$/.test(word) ? word : ` ${word}`);
}

export const vocabularySize = texts.length;
export const tokenText = (token: number): string => texts[token];
export const tokenOf = (word: string): number => ids.get(word)!;

/** mulberry32: any small generator does, as long as it is not the code under test. */
export function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `count` sentences as token sequences, with the beginning-of-sequence token. */
export function sentences(count: number, seed = 1): Int32Array[] {
  const random = generator(seed);
  const any = (list: readonly string[]): string => list[Math.floor(random() * list.length)];
  const french = FRENCH.split(' ');
  const templates: (() => string)[] = [
    () => `the capital of the state containing ${any(CITIES)} is ${any(CITIES)} .`,
    () => `${any(CITIES)} is a city in the state of ${any(CITIES)} .`,
    () =>
      `the ${any(ADJECTIVES)} ${any(NOUNS)} was ${any(VERBS)} in ${any(CITIES)} , and ${any(NAMES)} saw ${any(NUMBERS)} people .`,
    () => `${any(NAMES)} said " ${any(ADJECTIVES)} ${any(NOUNS)} " to ${any(NAMES)} .`,
    () => `they saw ${any(NUMBERS)} ${any(ADJECTIVES)} people ${any(VERBS)} on the ${any(NOUNS)} .`,
    () => `they saw the ${any(ADJECTIVES)} ${any(NOUNS)} in ${any(NUMBERS)} and ${any(NUMBERS)} .`,
    () => `${any(NAMES)} gave ${any(NAMES)} a ${any(NOUNS)} , and ${any(NAMES)} has ${any(NUMBERS)} .`,
    () => `the king of the ${any(NOUNS)} has a ${any(ADJECTIVES)} ring .`,
    () => `I was ${any(VERBS)} and the ${any(NOUNS)} of ${any(NAMES)} was ${any(ADJECTIVES)} .`,
    () => `le ${any(french)} est ${any(french)} .`,
    () => `the ${any(NOUNS)} ( a ${any(ADJECTIVES)} ${any(NOUNS)} ) was on the ${any(ADJECTIVES)} ${any(NOUNS)} .`,
  ];
  return Array.from({ length: count }, () => {
    const words = templates[Math.floor(random() * templates.length)]().split(' ');
    return Int32Array.from([BOS, ...words.map(tokenOf)]);
  });
}

export async function* asCorpus(sequences: readonly Int32Array[]): AsyncGenerator<Int32Array> {
  for (const sequence of sequences) yield await Promise.resolve(sequence);
}

/** A feature: its activation on the word at `i` (words[0] is the beginning of the sequence). 0 does not fire. */
export type PlantedFeature = (words: readonly string[], i: number) => number;

/** A source over planted features, [layer][feature]. The values are shaken a little, the same way for the same prefix. */
export function plantedSource(layers: readonly (readonly PlantedFeature[])[]): ActivationSource {
  return {
    nLayers: layers.length,
    firstPosition: 1,
    nFeatures: layer => layers[layer].length,
    encode: batch => Promise.resolve(batch.map(tokens => layers.map(features => encodeOne(tokens, features)))),
  };
}

function encodeOne(tokens: Int32Array, features: readonly PlantedFeature[]): LayerActivations {
  const words = Array.from(tokens, token => texts[token].trim());
  const position: number[] = [];
  const feature: number[] = [];
  const value: number[] = [];
  for (const [f, activation] of features.entries()) {
    let shake = f + 1;
    for (let i = 1; i < tokens.length; i++) {
      shake = (shake * 31 + tokens[i]) % 1009;
      const plain = activation(words, i);
      if (plain === 0) continue;
      position.push(i);
      feature.push(f);
      value.push(plain * (1 + shake / 2018));
    }
  }
  return { position: Int32Array.from(position), feature: Int32Array.from(feature), value: Float32Array.from(value) };
}

/** A source that gives back stored activations, whatever the features mean: [sequence][layer], found by content. */
export function storedSource(
  sequences: readonly Int32Array[],
  activations: SparseActivations,
  nFeatures: number,
): ActivationSource {
  const byContent = new Map(sequences.map((tokens, s) => [tokens.join(' '), activations[s]]));
  return {
    nLayers: activations[0].length,
    firstPosition: 1,
    nFeatures: () => nFeatures,
    encode: batch => Promise.resolve(batch.map(tokens => byContent.get(tokens.join(' '))!)),
  };
}
