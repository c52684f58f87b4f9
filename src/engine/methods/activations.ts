import { CircuitError } from '../../errors.ts';
import type { EngineMethod } from '../method.ts';
import type { OpenModel } from '../open-model.ts';
import { promptOf, promptTokens } from '../prompt-text.ts';
import type { ActivationRequest, ActivationResult } from '../protocol.ts';

/** The activations of one feature on a person's own text. */
export const activationsOf: EngineMethod<ActivationRequest, ActivationResult> = async (model, params, task) => {
  const { layer, feature } = params;
  checkFeature(model, layer, feature);
  const prompt = await promptOf(model, params);
  const traceable = await model.traceable.get(task);
  const { active } = await traceable.run(prompt.ids, task);
  const activations = new Float32Array(prompt.ids.length);
  for (let i = 0; i < active.layers.length; i++) {
    if (active.layers[i] === layer && active.indices[i] === feature) {
      activations[active.positions[i]] = active.activations[i];
    }
  }
  return { tokens: promptTokens(model, prompt), activations };
};

/** Errors: `usage` for a feature that the dictionary does not have. */
export function checkFeature({ dictionary }: OpenModel, layer: number, feature: number): void {
  const count = dictionary.layers.at(layer)?.nFeatures;
  const exists = layer >= 0 && count !== undefined && Number.isInteger(feature) && feature >= 0 && feature < count;
  if (exists) return;
  throw new CircuitError(
    'usage',
    `${dictionary.dir} has no feature ${feature} in layer ${layer}.`,
    'The graph was made with another dictionary: choose the one that it names.',
  );
}
