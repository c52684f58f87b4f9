import type { AttributionGraph } from '../types.ts';
import { featureKey } from './order.ts';
import type { Investigation } from './types.ts';

/**
 * The graph with what a person decided: labels of features, pins and supernodes of nodes that it has. Written as a file
 * it shows them in Neuronpedia and other viewers.
 */
export function ontoGraph(graph: AttributionGraph, investigation: Investigation): AttributionGraph {
  const ids = new Set(graph.nodes.map(({ id }) => id));
  const labels = new Map(investigation.annotations.map(annotation => [featureKey(annotation), annotation.label]));
  return {
    ...graph,
    nodes: graph.nodes.map(node => {
      if (node.feature === undefined) return node;
      const label = labels.get(featureKey({ layer: node.layer, feature: node.feature }));
      return label === undefined ? node : { ...node, label };
    }),
    pinned: investigation.pinned.filter(id => ids.has(id)),
    supernodes: investigation.supernodes
      .map(({ name, members }) => ({ label: name, members: members.filter(id => ids.has(id)) }))
      .filter(({ members }) => members.length > 0),
  };
}
