import type { TokenLogit } from '../../features/source.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import { tokenText } from '../../trace/prompt.ts';
import type { EngineMethod } from '../method.ts';
import type { OpenModel } from '../open-model.ts';
import type { CardRequest, FeatureCardData, LikelyTokenWeight } from '../protocol.ts';
import { checkFeature } from './activations.ts';
import { readRecord } from './card-record.ts';

/** Promoted and suppressed tokens of a card. */
const TOKENS = 10;

/** Entries of an unembedding that are read in a moment: 256 MB of float32. */
const SMALL_UNEMBEDDING = 2 ** 26;

/**
 * What the dictionary's feature index says of features, and the tokens that their decoders promote and suppress. Where
 * the index names these and the unembedding is large, their weights are not worth reading it all.
 */
export const cardsOf: EngineMethod<CardRequest, readonly FeatureCardData[]> = async (model, params, task) => {
  const { features, logits } = params;
  for (const [layer, feature] of features) checkFeature(model, layer, feature);
  const { vocabularySize, dModel } = model.checkpoint.config;
  const isSmall = vocabularySize * dModel <= SMALL_UNEMBEDDING;
  const cards: FeatureCardData[] = [];
  for (const [layer, feature] of features) {
    throwIfCancelled(task);
    const { record, problem } = await readRecord(model, layer, feature, task);
    const isNamed = (record?.top_logits ?? []).length > 0;
    const isComputed = logits !== undefined && (!isNamed || (logits === 'always' && isSmall));
    cards.push({
      layer,
      feature,
      record: record ?? null,
      ...(isComputed ? await promoted(model, layer, feature, task) : { topLogits: [], bottomLogits: [] }),
      ...(problem === undefined ? {} : { problem }),
    });
  }
  return cards;
};

async function promoted(
  model: OpenModel,
  layer: number,
  feature: number,
  task: Task,
): Promise<Pick<FeatureCardData, 'topLogits' | 'bottomLogits'>> {
  const decoder = await model.decoder.get(task);
  const [{ top, bottom }] = await decoder.promoted(layer, Int32Array.of(feature), TOKENS, task);
  return { topLogits: weights(top), bottomLogits: weights(bottom) };

  function weights(tokens: readonly TokenLogit[]): LikelyTokenWeight[] {
    return tokens.map(({ token, logit }) => ({ text: tokenText(model.tokenizer, token), weight: logit }));
  }
}
