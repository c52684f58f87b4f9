import { join } from 'node:path';
import { readGraph, type GraphFile } from '../../../src/graph/read-graph.ts';
import type { GraphNode } from '../../../src/graph/types.ts';

export const fixtures = join(import.meta.dirname, '../../fixtures/graphs');

export function readFixture(name: string): Promise<GraphFile> {
  return readGraph(join(fixtures, name));
}

export function nodeOf(file: GraphFile, id: string): GraphNode {
  const node = file.graph.nodes.find(other => other.id === id);
  if (node === undefined) throw new Error(`no node ${id}`);
  return node;
}

/** `source > target: weight` of each link. */
export function linkTexts({ graph: { nodes, links } }: GraphFile): string[] {
  return Array.from(
    links.weights,
    (weight, i) => `${nodes[links.sources[i]].id} > ${nodes[links.targets[i]].id}: ${weight}`,
  );
}

/** How often each problem occurs. */
export function problemCounts(file: GraphFile): Record<string, number> {
  return Object.fromEntries(file.problems.map(({ code, count }) => [code, count]));
}
