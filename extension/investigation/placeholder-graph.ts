import { featureKey } from '../../src/graph/investigation/order.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { errorNode, featureNode, tokenNode } from '../../src/graph/nodes.ts';
import type { AttributionGraph, GraphNode, NodeId } from '../../src/graph/types.ts';

/**
 * What can be shown of an investigation whose graph file is not there: the nodes that the investigation itself names,
 * by the ids that this program and circuit-tracer give. No links.
 */
export function placeholderGraph(investigation: Investigation): AttributionGraph {
  const ids = new Set([...investigation.pinned, ...investigation.supernodes.flatMap(({ members }) => members)]);
  const labels = new Map(investigation.annotations.map(annotation => [featureKey(annotation), annotation.label]));
  const nodes = [...ids].flatMap(id => nodeOfId(id) ?? []);
  return {
    metadata: {
      slug: '',
      scan: investigation.dictionary?.name ?? '',
      prompt: investigation.prompt,
      promptTokens: [],
      schemaVersion: 1,
      transcoders: [],
    },
    nodes: nodes.map(node => withLabel(node, labels)),
    links: { sources: new Uint32Array(), targets: new Uint32Array(), weights: new Float64Array() },
    pinned: [],
    supernodes: [],
  };
}

function withLabel(node: GraphNode, labels: ReadonlyMap<string, string | undefined>): GraphNode {
  if (node.feature === undefined) return node;
  const label = labels.get(featureKey({ layer: node.layer, feature: node.feature }));
  return label === undefined ? node : { ...node, label };
}

/** The node that an id stands for; undefined for ids of another form. A logit cannot be told from a feature: it has no parts of its own. */
export function nodeOfId(id: NodeId): GraphNode | undefined {
  const parts = /^(E|\d{1,6})_(-1|\d{1,12})_(\d{1,9})$/.exec(id);
  if (parts === null) return undefined;
  const [layer, number, position] = [parts[1], Number(parts[2]), Number(parts[3])];
  if (layer === 'E') return tokenNode(position, number);
  return number === -1 ? errorNode(Number(layer), position) : featureNode(Number(layer), position, number);
}
