/** Changed feature activations and what the model does with them. */
export { ablate, patch, steer, type Edit, type EditPosition, type EditValue, type FeaturePlace } from './edit.ts';
export {
  createIntervention,
  type Intervention,
  type InterventionOptions,
  type InterventionRequest,
  type InterventionResult,
  type InterventionSettings,
} from './intervention.ts';
export type { ActivationOutput } from './intervened-graph.ts';
export type { InterventionMode } from './mode.ts';
