import { featureCards, type FeatureCardData } from '../../src/engine/protocol.ts';
import type { FeatureFacts } from '../../webview/protocol.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import { failureOf } from '../common/failure.ts';
import type { Engine, FindModel, Log } from './engine.ts';
import { modelOf } from './model-of.ts';
import type { Session } from './session.ts';

/** Features that are asked for, strongest first, and so many at a time: a person's own request should not wait long. */
const MOST_FEATURES = 400;
const AT_A_TIME = 8;

const asked = new WeakSet<object>();

/**
 * Asks the engine, once for each graph, what the index says of its features: density and what the labels are worth. It is
 * called when the engine works for this graph anyway, so that looking at a graph alone does not start it.
 */
export async function loadFacts(
  session: Session,
  { engine, findModel, log }: { readonly engine: Engine; readonly findModel: FindModel; readonly log: Log },
): Promise<void> {
  const { graph } = session;
  if (asked.has(graph)) return;
  asked.add(graph);
  const facts: Record<string, FeatureFacts> = {};
  try {
    const choice = await modelOf(session, { findModel });
    const features = strongestFeatures(session);
    for (let start = 0; start < features.length; start += AT_A_TIME) {
      const cards = await engine.request(featureCards, {
        ...choice,
        features: features.slice(start, start + AT_A_TIME),
      });
      if (session.graph !== graph) return;
      for (const card of cards) facts[`${card.layer}/${card.feature}`] = factsOf(card);
    }
    session.showFacts(facts);
  } catch (error) {
    // The next request tries again.
    asked.delete(graph);
    log.warn(`${session.title}: what the index says of its features is not known. ${failureOf(error).message}`);
  }
}

function strongestFeatures({ graph }: Session): (readonly [layer: number, feature: number])[] {
  const nodes = graph.nodes.filter(isFeature).sort((a, b) => (a.influence ?? Infinity) - (b.influence ?? Infinity));
  const byKey = new Map(nodes.map(({ layer, feature }) => [`${layer}/${feature}`, [layer, feature] as const]));
  return [...byKey.values()].slice(0, MOST_FEATURES);
}

export function factsOf({ record }: FeatureCardData): FeatureFacts {
  const { activation_frequency: density, label } = record ?? {};
  return {
    ...(density === undefined ? {} : { density }),
    ...(label === undefined ? {} : { detectionF1: label.detectionF1, fuzzing: label.fuzzing }),
  };
}
