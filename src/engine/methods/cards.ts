import { throwIfCancelled } from '../../task.ts';
import type { EngineMethod } from '../method.ts';
import type { FeatureCardData, FeatureRequest } from '../protocol.ts';
import { checkFeature } from './activations.ts';

/** What the dictionary's feature index says of features, and the tokens that their decoders promote and suppress. */
export const cardsOf: EngineMethod<FeatureRequest, readonly FeatureCardData[]> = async (model, { features }, task) => {
  const index = await model.features.get(task);
  const cards: FeatureCardData[] = [];
  for (const [layer, feature] of features) {
    throwIfCancelled(task);
    checkFeature(model, layer, feature);
    const known = index !== undefined && feature < index.nFeatures(layer);
    const record = known ? await index.read(layer, feature) : undefined;
    const named = (texts: readonly string[] = []) => texts.map(text => ({ text, weight: Number.NaN }));
    cards.push({
      layer,
      feature,
      record: record ?? null,
      topLogits: named(record?.top_logits),
      bottomLogits: named(record?.bottom_logits),
    });
  }
  return cards;
};
