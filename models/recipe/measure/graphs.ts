import { attribute } from '../../../src/attribution/attribute.ts';
import { Random } from '../../../src/random.ts';
import { conceptFeatures, slotActivations, type ConceptFeature, type Selectivity } from './concept-features.ts';
import {
  areKin,
  conceptPrompts,
  isAnother,
  searchPrompts,
  type CaseName,
  type ConceptPrompt,
} from './concept-prompts.ts';
import type { OpenPack } from './pack.ts';
import { hasConceptPath } from './path.ts';

/** What the graphs of a case study show, over held-out prompts. */
export interface GraphFigures {
  readonly replacementScore: number;
  readonly completenessScore: number;
  readonly activeFeatures: number;
  /** Share of prompts whose pruned graph shows a path through the concept's features, and through another's (mean). */
  readonly path: number;
  readonly controlPath: number;
  readonly prompts: number;
}

/**
 * Features that stand for a concept: active on half of its other prompts, on hardly any prompt of the other concepts, and
 * never on more than a third of the prompts of one of those, since they would stand for that one as well.
 */
export const PATH_SELECTIVITY: Selectivity = { leastShare: 0.5, mostElsewhere: 0.025, mostOfOne: 1 / 3 };

/** Other concepts whose path is looked for on each prompt. */
export const CONTROLS = 5;

/**
 * Traces up to `most` held-out prompts and looks for the concept's path. The features are found on the other prompts of
 * the case (`isAnother`).
 */
export async function graphFigures(pack: OpenPack, name: CaseName, most: number): Promise<GraphFigures> {
  const prompts = conceptPrompts(name);
  const search = searchPrompts(name);
  const activations = await slotActivations(pack.encoder, search);
  const random = new Random('graphs', name);
  const chosen = random.shuffle(Array.from(prompts.keys()).filter(index => prompts[index].heldOut)).slice(0, most);
  let [replacementScore, completenessScore, activeFeatures, path, controlPath] = [0, 0, 0, 0, 0];
  for (const index of chosen) {
    const others = search.map((_, i) => i).filter(i => isAnother(prompts[index], search[i]));
    const features = conceptFeatures(
      others.map(i => search[i]),
      others.map(i => activations[i]),
      PATH_SELECTIVITY,
    );
    const result = await attribute(pack.replacement, prompts[index].tokens);
    replacementScore += result.scores.replacement;
    completenessScore += result.scores.completeness;
    activeFeatures += result.active.layers.length;
    if (hasConceptPath(result, prompts[index], features.get(prompts[index].concept) ?? [])) path++;
    for (let control = 0; control < CONTROLS; control++) {
      const another = controlFeatures(prompts[index], prompts, features, random);
      if (hasConceptPath(result, prompts[index], another)) controlPath += 1 / CONTROLS;
    }
  }
  const n = chosen.length;
  return {
    replacementScore: replacementScore / n,
    completenessScore: completenessScore / n,
    activeFeatures: activeFeatures / n,
    path: path / n,
    controlPath: controlPath / n,
    prompts: n,
  };
}

/** The features of another concept, drawn at random among those with other answers and features of their own. */
function controlFeatures(
  prompt: ConceptPrompt,
  prompts: readonly ConceptPrompt[],
  features: ReadonlyMap<string, readonly ConceptFeature[]>,
  random: Random,
): readonly ConceptFeature[] {
  const unlike = new Set(
    prompts.filter(({ answers }) => !answers.some(answer => prompt.answers.includes(answer))).map(p => p.concept),
  );
  // A person who is named in the prompt is in the graph by right.
  const pool = [...features].filter(
    ([concept, found]) =>
      !areKin(concept, prompt.concept) && unlike.has(concept) && found.length > 0 && !prompt.text.includes(concept),
  );
  return pool.length === 0 ? [] : pool[random.integer(pool.length)][1];
}
