import { patch, steer, type Edit, type Intervention } from '../../../src/intervention/index.ts';
import { Random } from '../../../src/random.ts';
import { argmax } from '../evaluate.ts';
import type { ConceptFeature } from './concept-features.ts';
import type { ConceptPrompt } from './concept-prompts.ts';

/** Share of swaps after which the next token is the other concept's answer, and after which it is still the own one. */
export interface SwapScore {
  readonly swapped: number;
  readonly kept: number;
  readonly count: number;
}

export interface SwapQuestion {
  readonly prompt: ConceptPrompt;
  /** The concept that is put in, and a prompt's answers under it. */
  readonly concept: string;
  readonly answers: readonly number[];
}

type Features = ReadonlyMap<string, readonly ConceptFeature[]>;

/** For each prompt, `perPrompt` other concepts whose answer is another token. */
export function swapQuestions(prompts: readonly ConceptPrompt[], perPrompt: number, seed: number): SwapQuestion[] {
  const random = new Random('swaps', seed);
  const answers = new Map(prompts.map(prompt => [prompt.concept, prompt.answers]));
  return prompts.flatMap(prompt => {
    const others = [...answers].filter(([, tokens]) => !tokens.some(token => prompt.answers.includes(token)));
    return random
      .shuffle(others)
      .slice(0, perPrompt)
      .map(([concept, tokens]) => ({ prompt, concept, answers: tokens }));
  });
}

/**
 * Sets the features of a concept, at the entity and at the last token, from their own concept's to another's. At strength
 * s the own features are set to -(s - 1) times their activation, the others to s times their mean on their own prompts.
 */
export function swapEdits({ prompt, concept }: SwapQuestion, features: Features, strength: number): Edit[] {
  const place = ({ slot, layer, feature }: ConceptFeature) => ({ layer, feature, position: prompt.slots[slot] });
  return [
    ...(features.get(prompt.concept) ?? []).map(feature => steer(place(feature), 1 - strength)),
    ...(features.get(concept) ?? []).map(feature => patch(place(feature), strength * feature.mean)),
  ];
}

/**
 * The control: as many edits of the same sizes at the same layers and slots, on features drawn at random among those that
 * stand for neither concept but for some other one.
 */
export function randomEdits(question: SwapQuestion, features: Features, strength: number, random: Random): Edit[] {
  const own = features.get(question.prompt.concept) ?? [];
  const other = features.get(question.concept) ?? [];
  const taken = new Set([...own, ...other].map(({ layer, feature }) => `${layer}/${feature}`));
  const pool = [...features.values()].flat().filter(({ layer, feature }) => !taken.has(`${layer}/${feature}`));
  const draw = (feature: ConceptFeature): ConceptFeature => {
    const alike = pool.filter(({ slot, layer }) => slot === feature.slot && layer === feature.layer);
    return alike.length === 0 ? feature : { ...feature, feature: alike[random.integer(alike.length)].feature };
  };
  const drawn = new Map([
    [question.prompt.concept, own.map(draw)],
    [question.concept, other.map(draw)],
  ]);
  return swapEdits(question, drawn, strength);
}

/** Runs the swaps and counts the likeliest next tokens. */
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
    if (questions[index].answers.includes(answer)) swapped++;
    if (questions[index].prompt.answers.includes(answer)) kept++;
  });
  return { swapped: swapped / questions.length, kept: kept / questions.length, count: questions.length };
}
