import type { NodeKind } from '../graph/node-kinds.ts';
import type { AttributionGraph, GraphLinks, GraphMetadata, GraphNode } from '../graph/types.ts';
import { targetsFirst } from './influence.ts';
import type { PruneResult } from './prune.ts';
import { graphScores, type GraphScores } from './scores.ts';
import { SparseMatrixBuilder, type SparseMatrix } from './sparse-matrix.ts';

/**
 * The pruned graph as data: the kept nodes that have a link left, tokens and logits in any case, in their order, with
 * their cumulative influence; links by target and source, as circuit-tracer's `create_graph_files` writes them.
 * `nodes` is [N], in the order of the matrix.
 */
export function prunedGraph(
  matrix: SparseMatrix,
  nodes: readonly GraphNode[],
  pruning: Pick<PruneResult, 'nodeKept' | 'edgeKept' | 'cumulativeScores'>,
  metadata: GraphMetadata,
): AttributionGraph {
  const { nodeKept, edgeKept, cumulativeScores } = pruning;
  const used = Uint8Array.from(nodes, ({ kind }, i) => nodeKept[i] & (kind === 'token' || kind === 'logit' ? 1 : 0));
  let count = 0;
  forEachKept((_, source, target) => {
    used[target] = used[source] = 1;
    count++;
  });
  const place = new Uint32Array(matrix.size);
  const kept: GraphNode[] = [];
  for (const [i, node] of nodes.entries()) {
    if (used[i] === 0) continue;
    place[i] = kept.length;
    // float32, as circuit-tracer stores it: more digits would only lengthen the file.
    kept.push(node.kind === 'logit' ? node : { ...node, influence: Math.fround(cumulativeScores[i]) });
  }
  const links = {
    sources: new Uint32Array(count),
    targets: new Uint32Array(count),
    weights: new Float64Array(count),
  };
  let link = 0;
  forEachKept((entry, source, target) => {
    links.sources[link] = place[source];
    links.targets[link] = place[target];
    links.weights[link++] = matrix.weights[entry];
  });
  return { metadata, nodes: kept, links, pinned: [], supernodes: [] };

  function forEachKept(visit: (entry: number, source: number, target: number) => void): void {
    for (let target = 0; target < matrix.size; target++) {
      for (let entry = matrix.rowStart[target]; entry < matrix.rowStart[target + 1]; entry++) {
        const source = matrix.sources[entry];
        if ((edgeKept[entry] & nodeKept[target] & nodeKept[source]) === 1) visit(entry, source, target);
      }
    }
  }
}

/** What the scores need of a graph that is at hand as nodes and links. */
export function matrixOfGraph(graph: Pick<AttributionGraph, 'nodes' | 'links'>): {
  matrix: SparseMatrix;
  kinds: NodeKind[];
  /** [N]; the probabilities of the logits, 0 elsewhere. */
  logitWeights: Float64Array;
} {
  const { nodes, links } = graph;
  return {
    matrix: linkMatrix(links, nodes.length),
    kinds: nodes.map(({ kind }) => kind),
    logitWeights: Float64Array.from(nodes, ({ kind, probability }) => (kind === 'logit' ? (probability ?? 0) : 0)),
  };
}

/** Scores from the links of a graph, weighted by the probabilities of its logits; all NaN if the links have a cycle. */
export function scoreGraph(graph: Pick<AttributionGraph, 'nodes' | 'links'>): GraphScores {
  const { matrix, kinds, logitWeights } = matrixOfGraph(graph);
  if (targetsFirst(matrix) === undefined) return { replacement: NaN, completeness: NaN, strictCompleteness: NaN };
  return graphScores(matrix, kinds, logitWeights);
}

function linkMatrix({ sources, targets, weights }: GraphLinks, size: number): SparseMatrix {
  const builder = new SparseMatrixBuilder(size);
  for (let i = 0; i < weights.length; i++) builder.add(targets[i], sources[i], weights[i]);
  return builder.build();
}
