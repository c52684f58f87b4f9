import { patch, steer, type Edit, type Intervention } from '../../../src/intervention/index.ts';
import { Random } from '../../../src/training/random.ts';
import { capitalOf, type Place } from '../../corpus/index.ts';
import { answerTokens, argmax } from '../evaluate.ts';
import type { CityPrompt, PlaceFeature, Slot } from './place-features.ts';

/** Share of swaps after which the next token begins the other capital, and after which it is still the own one. */
export interface SwapScore {
  readonly swapped: number;
  readonly kept: number;
  readonly count: number;
}

export interface SwapQuestion {
  readonly prompt: CityPrompt;
  readonly from: Place;
  readonly to: Place;
}

/** For each prompt, `perPrompt` other states whose capital begins with another token. */
export function swapQuestions(
  prompts: readonly CityPrompt[],
  places: readonly Place[],
  perPrompt: number,
  seed: number,
): SwapQuestion[] {
  const random = new Random('swaps', seed);
  const byName = new Map(places.map(place => [place.name, place]));
  return prompts.flatMap(prompt => {
    const from = byName.get(prompt.place)!;
    const others = random.shuffle(places.filter(place => firstCapitalToken(place) !== firstCapitalToken(from)));
    return others.slice(0, perPrompt).map(to => ({ prompt, from, to }));
  });
}

/**
 * Sets a state's features at the city and at the last token from their own state's to another's. At strength s the own
 * features are set to -(s - 1) times their activation and the others to s times their mean on their own state's prompts.
 */
export function swapEdits(
  { prompt, from, to }: SwapQuestion,
  features: ReadonlyMap<string, readonly PlaceFeature[]>,
  strength: number,
): Edit[] {
  const place = (feature: PlaceFeature) => ({
    layer: feature.layer,
    feature: feature.feature,
    position: prompt.positions[feature.slot],
  });
  return [
    ...features.get(from.name)!.map(feature => steer(place(feature), 1 - strength)),
    ...features.get(to.name)!.map(feature => patch(place(feature), strength * feature.mean)),
  ];
}

/**
 * The same number of edits of the same sizes at the same layers and slots, on features drawn at random among those that
 * are active there on the prompts of other states.
 */
export function randomEdits(
  question: SwapQuestion,
  features: ReadonlyMap<string, readonly PlaceFeature[]>,
  strength: number,
  activeSomewhere: Readonly<Record<Slot, readonly (readonly number[])[]>>,
  random: Random,
): Edit[] {
  const draw = (feature: PlaceFeature): PlaceFeature => {
    const pool = activeSomewhere[feature.slot][feature.layer];
    return { ...feature, feature: pool[random.integer(pool.length)] };
  };
  const own = question.from.name;
  const other = question.to.name;
  const drawn = new Map([
    [own, features.get(own)!.map(draw)],
    [other, features.get(other)!.map(draw)],
  ]);
  return swapEdits(question, drawn, strength);
}

/** Runs the swaps and counts first answer tokens. */
export async function scoreSwaps(
  intervention: Intervention,
  questions: readonly SwapQuestion[],
  edits: (question: SwapQuestion) => Edit[],
): Promise<SwapScore> {
  const results = await intervention.run(
    questions.map(question => ({ tokens: question.prompt.tokens, edits: edits(question) })),
  );
  let swapped = 0;
  let kept = 0;
  results.forEach(({ logits }, index) => {
    const answer = argmax(logits);
    if (answer === firstCapitalToken(questions[index].to)) swapped++;
    if (answer === firstCapitalToken(questions[index].from)) kept++;
  });
  return { swapped: swapped / questions.length, kept: kept / questions.length, count: questions.length };
}

function firstCapitalToken(place: Place): number {
  return answerTokens('the capital is', ` ${capitalOf(place)}`)[0];
}
