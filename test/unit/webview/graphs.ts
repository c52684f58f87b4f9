import type { AttributionGraph, GraphNode } from '../../../src/graph/types.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';
import { graphModel, type GraphModel } from '../../../webview/model/graph-model.ts';

/** A graph of hand-made nodes and links `[source id, target id, weight]`. */
export function graphOf(
  nodes: readonly GraphNode[],
  links: readonly (readonly [source: string, target: string, weight: number])[],
  promptTokens: readonly string[] = ['<bos>', ' The', ' city'],
): AttributionGraph {
  const at = new Map(nodes.map(({ id }, i) => [id, i]));
  const place = (id: string): number => {
    const index = at.get(id);
    if (index === undefined) throw new Error(`no node ${id}`);
    return index;
  };
  return {
    metadata: { slug: 'test', scan: 'test', prompt: 'The city', promptTokens, schemaVersion: 1, transcoders: [] },
    nodes,
    links: {
      sources: Uint32Array.from(links, ([source]) => place(source)),
      targets: Uint32Array.from(links, ([, target]) => place(target)),
      weights: Float64Array.from(links, ([, , weight]) => weight),
    },
    pinned: [],
    supernodes: [],
  };
}

/**
 * Tokens at 1 and 2; features a (L0, 1), b (L0, 2), c (L1, 2); an error (L1, 2); one logit. By hand: the logit takes
 * 3/5 from c, 1/5 from the error, 1/5 from b (negative); c takes 3/4 from a, 1/4 from b.
 */
export function smallGraph(): AttributionGraph {
  return graphOf(
    [
      featureNode(0, 1, 10, { label: 'city names', activation: 2, influence: 0.75 }),
      featureNode(0, 2, 11, { label: 'Texas, Dallas', activation: 1, influence: 0.9 }),
      featureNode(1, 2, 12, { label: 'say a capital', activation: 4, influence: 0.3 }),
      errorNode(1, 2, { influence: 0.97 }),
      tokenNode(1, 101, { influence: 0.55 }),
      tokenNode(2, 102, { influence: 0.99 }),
      logitNode(2, 2, 7, { text: ' Austin', probability: 0.6, isTarget: true }),
    ],
    [
      ['E_101_1', '0_10_1', 5],
      ['E_102_2', '0_11_2', 2],
      ['0_10_1', '1_12_2', 3],
      ['0_11_2', '1_12_2', 1],
      ['1_12_2', '3_7_2', 3],
      ['0_11_2', '3_7_2', -1],
      ['1_-1_2', '3_7_2', 1],
    ],
  );
}

export function smallModel(): GraphModel {
  return graphModel(smallGraph());
}

export function at(model: GraphModel, id: string): number {
  const node = model.indexOf.get(id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
}

/** A layered graph of random links, as wide as asked for, without ties. Deterministic. */
export function layeredGraph(
  positions: number,
  layers: number,
  perCell: number,
  linksPerNode: number,
): AttributionGraph {
  let state = 12345;
  const random = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state + 0.5) / 2 ** 32;
  };
  const nodes: GraphNode[] = [];
  for (let position = 0; position < positions; position++) nodes.push(tokenNode(position, 1000 + position));
  for (let layer = 0; layer < layers; layer++) {
    for (let position = 0; position < positions; position++) {
      for (let i = 0; i < perCell; i++) nodes.push(featureNode(layer, position, i, { activation: random() * 5 }));
      nodes.push(errorNode(layer, position));
    }
  }
  for (const [i, probability] of [0.7, 0.2].entries()) {
    nodes.push(logitNode(layers, positions - 1, i, { text: ` out${i}`, probability, isTarget: i === 0 }));
  }
  const sources: number[] = [];
  const targets: number[] = [];
  const weights: number[] = [];
  const rank = ({ kind, layer }: GraphNode): number => (kind === 'error' ? layer + 0.5 : layer);
  nodes.forEach((node, target) => {
    if (node.kind === 'token' || node.kind === 'error') return;
    const chosen = new Set<number>();
    // Drawn from all nodes before it, as often as it takes; few of the first nodes find as many as they want.
    for (let tries = 0; chosen.size < linksPerNode && tries < 20 * linksPerNode; tries++) {
      const source = Math.floor(random() * target);
      if (rank(nodes[source]) < rank(node) && nodes[source].position <= node.position) chosen.add(source);
    }
    for (const source of [...chosen].sort((a, b) => a - b)) {
      sources.push(source);
      targets.push(target);
      weights.push(Math.fround((random() - 0.3) * random() * 4));
    }
  });
  return {
    metadata: {
      slug: 'layered',
      scan: 'test',
      prompt: 'test',
      promptTokens: Array.from({ length: positions }, (_, i) => ` token${i}`),
      schemaVersion: 1,
      transcoders: [],
      trace: { layers },
    },
    nodes,
    links: {
      sources: Uint32Array.from(sources),
      targets: Uint32Array.from(targets),
      weights: Float64Array.from(weights),
    },
    pinned: [],
    supernodes: [],
  };
}
