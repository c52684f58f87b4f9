import type { AttributionGraph } from '../types.ts';
import { group } from './group.ts';
import { sortedUnique } from './order.ts';
import { INVESTIGATION_VERSION, type GraphReference, type Investigation } from './types.ts';

/** The engine's defaults, for a graph that holds more than they keep. */
const DEFAULT_VIEW = { nodeThreshold: 0.8, edgeThreshold: 0.98 };
/** A graph that was pruned already is shown whole. */
const WHOLE = { nodeThreshold: 1, edgeThreshold: 1 };

/** A new investigation of a graph, whoever made it: with the pins and supernodes that the file carries. */
export function investigationOfGraph(graph: AttributionGraph, reference: GraphReference): Investigation {
  const { prompt, settings = {}, trace } = graph.metadata;
  const isWide = trace?.details?.links !== undefined;
  const { max_feature_nodes: features, max_n_logits: logits, desired_logit_prob: probability, target } = settings;
  const start: Investigation = {
    version: INVESTIGATION_VERSION,
    prompt,
    graph: reference,
    ...(trace?.model === undefined ? {} : { model: trace.model }),
    ...(trace?.dictionary === undefined ? {} : { dictionary: trace.dictionary }),
    settings: {
      ...(typeof target === 'string' ? { target } : {}),
      ...(isCount(features) ? { maxFeatureNodes: features } : {}),
      ...(isCount(logits) ? { maxLogits: logits } : {}),
      ...(typeof probability === 'number' && probability >= 0 && probability <= 1
        ? { logitProbability: probability }
        : {}),
      ...(isWide ? DEFAULT_VIEW : WHOLE),
    },
    pinned: sortedUnique(graph.pinned),
    supernodes: [],
    annotations: [],
  };
  return graph.supernodes.reduce((made, { label, members }) => group(made, { nodes: members, name: label }), start);
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
