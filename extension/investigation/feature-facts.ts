import { featureSummaries } from '../../src/engine/protocol.ts';
import type { FeatureFacts } from '../../webview/protocol.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import { failureOf } from '../common/failure.ts';
import type { Engine, FindModel, Log } from './engine.ts';
import { modelOf } from './model-of.ts';
import type { Session } from './session.ts';

/** Features that are asked for, strongest first. */
const MOST_FEATURES = 1000;

const asked = new WeakSet<object>();

/**
 * Asks the engine, once for each graph, what the index says of its features: density and what the labels are worth. It is
 * called when the engine works for this graph anyway, or a person filters, so that looking at a graph alone does not start
 * it; the engine reads nothing but the index on this machine.
 */
export async function loadFacts(
  session: Session,
  { engine, findModel, log }: { readonly engine: Engine; readonly findModel: FindModel; readonly log: Log },
): Promise<void> {
  const { graph } = session;
  if (asked.has(graph)) return;
  asked.add(graph);
  try {
    const choice = await modelOf(session, { findModel });
    const summaries = await engine.request(featureSummaries, { ...choice, features: strongestFeatures(session) });
    if (session.graph !== graph) return;
    const facts = summaries.map(({ layer, feature, ...fact }): [string, FeatureFacts] => [`${layer}/${feature}`, fact]);
    session.showFacts(Object.fromEntries(facts));
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
