import type { FeatureIndex } from '../../features/index.ts';
import type { TokenLogit } from '../../features/source.ts';
import { throwIfCancelled } from '../../task.ts';
import { tokenText } from '../../trace/prompt.ts';
import type { EngineMethod } from '../method.ts';
import type { FeatureCardData, FeatureRequest, LikelyTokenWeight } from '../protocol.ts';
import { checkFeature } from './activations.ts';

/** Promoted and suppressed tokens of a card. */
const TOKENS = 10;

/** What the dictionary's feature index says of features, and the tokens that their decoders promote and suppress. */
export const cardsOf: EngineMethod<FeatureRequest, readonly FeatureCardData[]> = async (model, { features }, task) => {
  for (const [layer, feature] of features) checkFeature(model, layer, feature);
  const index = await model.features.get(task);
  const decoder = await model.decoder.get(task);
  const cards: FeatureCardData[] = [];
  for (const [layer, feature] of features) {
    throwIfCancelled(task);
    const [promoted] = await decoder.promoted(layer, Int32Array.of(feature), TOKENS, task);
    cards.push({
      layer,
      feature,
      record: (await recordOf(index, layer, feature)) ?? null,
      topLogits: weights(promoted.top),
      bottomLogits: weights(promoted.bottom),
    });
  }
  return cards;

  function weights(tokens: readonly TokenLogit[]): LikelyTokenWeight[] {
    return tokens.map(({ token, logit }) => ({ text: tokenText(model.tokenizer, token), weight: logit }));
  }
};

/** Undefined where the index knows nothing of the feature. */
async function recordOf(index: FeatureIndex | undefined, layer: number, feature: number) {
  if (index === undefined || feature >= index.nFeatures(layer)) return undefined;
  return index.read(layer, feature);
}
