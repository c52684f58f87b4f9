import { graphScores, type GraphScores } from '../../src/attribution/scores.ts';
import { SparseMatrixBuilder } from '../../src/attribution/sparse-matrix.ts';
import { isFeatureKind, type NodeKind } from '../../src/graph/node-kinds.ts';
import type { GraphModel } from './graph-model.ts';

/**
 * Scores of the graph that keeps, of all features, only the pinned ones: every other feature is added into the error of
 * its layer and position, as Neuronpedia's subgraph scores do. All NaN if the graph has a cycle.
 */
export function pinnedScores(model: GraphModel, pinned: ReadonlySet<number>): GraphScores {
  const { nodes, links } = model;
  if (model.cyclic) return { replacement: NaN, completeness: NaN, strictCompleteness: NaN };
  const kinds: NodeKind[] = [];
  const places = new Map<string, number>();
  const place = nodes.map((node, i) => {
    const folded = isFeatureKind(node.kind) && !pinned.has(i);
    const key = folded || node.kind === 'error' ? `error ${node.layer} ${node.position}` : node.id;
    let at = places.get(key);
    if (at === undefined) {
      at = places.size;
      places.set(key, at);
      kinds.push(folded ? 'error' : node.kind);
    }
    return at;
  });
  // Effects of what is folded together add up with their signs: the error is one vector.
  const sums = new Map<number, number>();
  links.weights.forEach((weight, link) => {
    const target = place[links.targets[link]];
    if (kinds[target] === 'error') return;
    const key = target * kinds.length + place[links.sources[link]];
    sums.set(key, (sums.get(key) ?? 0) + weight);
  });
  const builder = new SparseMatrixBuilder(kinds.length);
  for (const [key, weight] of sums) builder.add(Math.floor(key / kinds.length), key % kinds.length, weight);
  const logitWeights = new Float64Array(kinds.length);
  nodes.forEach((node, i) => {
    if (node.kind === 'logit') logitWeights[place[i]] = node.probability ?? 0;
  });
  return graphScores(builder.build(), kinds, logitWeights);
}
