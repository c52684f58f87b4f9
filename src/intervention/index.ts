/** Changed feature activations and what the model does with them. */
export { ablate, patch, steer, type Edit, type EditPosition, type EditValue, type FeaturePlace } from './edit.ts';
export { createIntervention, type Intervention, type InterventionSettings } from './intervention.ts';
export type { InterventionOptions, InterventionRequest, InterventionResult } from './intervene.ts';
export type { ActivationOutput } from './intervened-graph.ts';
export type { InterventionMode } from './mode.ts';
export { generate, type Generation, type GenerationOptions } from './generate.ts';
export {
  activeAt,
  matchedRandomEdits,
  type ActiveAt,
  type ActivePlace,
  type MatchedEdits,
  type MatchSettings,
} from './matched-random.ts';
