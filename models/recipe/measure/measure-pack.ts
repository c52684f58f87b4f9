import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Random } from '../../../src/random.ts';
import { conceptFeatures, slotActivations, type Selectivity } from './concept-features.ts';
import { CASE_NAMES, conceptPrompts, type CaseName } from './concept-prompts.ts';
import { dictionaryQuality, type DictionaryQuality } from './dictionary-quality.ts';
import { graphFigures, type GraphFigures } from './graphs.ts';
import { accuracies } from './language.ts';
import { openPack, type OpenPack } from './pack.ts';
import { randomEdits, scoreSwaps, swapEdits, swapQuestions, type SwapScore } from './swap.ts';

/** Every figure of the model card. */
export interface Measurements {
  readonly accuracy: Readonly<Record<string, number>>;
  readonly replacementAccuracy: Readonly<Record<string, number>>;
  readonly dictionary: DictionaryQuality;
  readonly graphs: Readonly<Record<CaseName, GraphFigures>>;
  readonly swaps: Readonly<Record<'strength2' | 'strength1' | 'random2', SwapScore>>;
}

const SENTENCES = 4000;
const SWAPS_PER_PROMPT = 5;

/** Features that are swapped: on half of a state's prompts, on at most 15 % of the others. */
export const SWAP_SELECTIVITY: Selectivity = { leastShare: 0.5, mostElsewhere: 0.15 };

/** Measures the pack and writes measurements.json into it. */
export async function measurePack(folder: string, say: (text: string) => void): Promise<void> {
  const pack = await openPack(folder);
  const accuracy = await accuracies(pack, 'model');
  say(`accuracy ${JSON.stringify(accuracy)}`);
  const replacementAccuracy = await accuracies(pack, 'replacement');
  say(`accuracy of the replacement model ${JSON.stringify(replacementAccuracy)}`);
  const dictionary = await dictionaryQuality(pack, path.join(folder, 'model'), SENTENCES);
  say(`dictionary ${JSON.stringify(dictionary)}`);
  const swaps = await measureSwaps(pack);
  say(`swaps ${JSON.stringify(swaps)}`);
  const graphs: Partial<Record<CaseName, GraphFigures>> = {};
  for (const name of CASE_NAMES) {
    graphs[name] = await graphFigures(pack, name, Infinity);
    say(`graphs of ${name} ${JSON.stringify(graphs[name])}`);
  }
  const measurements = { accuracy, replacementAccuracy, dictionary, graphs, swaps };
  await writeFile(path.join(folder, 'measurements.json'), `${JSON.stringify(measurements, rounded, 1)}\n`);
}

/** State features, found on trained combinations, swapped on held-out ones. */
export async function measureSwaps(pack: OpenPack): Promise<Measurements['swaps']> {
  const prompts = conceptPrompts('two_hop');
  const known = prompts.filter(({ heldOut }) => !heldOut);
  const features = conceptFeatures(known, await slotActivations(pack.encoder, known), SWAP_SELECTIVITY);
  const questions = swapQuestions(
    prompts.filter(({ heldOut }) => heldOut),
    SWAPS_PER_PROMPT,
    1,
  );
  const random = new Random('random-swaps');
  return {
    strength2: await scoreSwaps(pack.intervention, questions, question => swapEdits(question, features, 2)),
    strength1: await scoreSwaps(pack.intervention, questions, question => swapEdits(question, features, 1)),
    random2: await scoreSwaps(pack.intervention, questions, question => randomEdits(question, features, 2, random)),
  };
}

function rounded(_: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}
