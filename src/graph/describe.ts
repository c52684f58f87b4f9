import { nodesInCycles } from './link-index.ts';
import { isFeatureKind } from './node-kinds.ts';
import type { GraphFile } from './read-graph.ts';
import type { GraphProblem } from './problems.ts';
import type { AttributionGraph } from './types.ts';

/** Scores of a graph, NaN where one is not defined (a graph without errors and tokens, or with a cycle). */
interface Scores {
  readonly replacement: number;
  readonly completeness: number;
  readonly strictCompleteness: number;
}

/** What `circuit graph FILE --json` prints. */
export interface GraphDescription {
  readonly format: string;
  readonly slug: string;
  readonly scan: string;
  readonly prompt: string;
  readonly tokens: number;
  readonly nodes: number;
  readonly links: number;
  readonly pinned: number;
  readonly supernodes: number;
  /** Features that have a label. */
  readonly labelled: number;
  /** Nodes of each kind. */
  readonly types: Readonly<Record<string, number>>;
  readonly duplicate_node_ids: readonly string[];
  /** Computed from the links of the file, null where not defined. */
  readonly replacement_score: number | null;
  readonly completeness_score: number | null;
  readonly strict_completeness_score: number | null;
  readonly checks: GraphChecks;
  /** What was mended or left out while reading. */
  readonly problems: readonly GraphProblem[];
}

/** What an attribution graph cannot have, counted. */
interface GraphChecks {
  readonly dangling_links: number;
  readonly nodes_in_cycles: number;
  /** From a later layer to an earlier one, or between nodes of one kind in one layer. */
  readonly links_not_upwards: number;
  /** From a later position to an earlier one. */
  readonly links_backwards: number;
  /** Positions of the prompt without an embedding. */
  readonly missing_embeddings: number;
  /** Features, errors and other nodes that no link touches. */
  readonly unlinked_nodes: number;
}

/** Describes a graph that was read; `scores` are those of its links (`scoreGraph` of the attribution room). */
export function describeGraph(file: GraphFile, scores: Scores): GraphDescription {
  const { graph } = file;
  const { metadata, nodes, links } = graph;
  const types = new Map<string, number>();
  for (const { kind } of nodes) types.set(kind, (types.get(kind) ?? 0) + 1);
  return {
    format: file.format,
    slug: metadata.slug,
    scan: metadata.scan,
    prompt: metadata.prompt,
    tokens: metadata.promptTokens.length,
    nodes: nodes.length,
    links: links.weights.length,
    pinned: graph.pinned.length,
    supernodes: graph.supernodes.length,
    labelled: nodes.filter(({ kind, label }) => isFeatureKind(kind) && label !== undefined).length,
    types: Object.fromEntries(types),
    duplicate_node_ids: file.duplicateNodeIds,
    replacement_score: orNull(scores.replacement),
    completeness_score: orNull(scores.completeness),
    strict_completeness_score: orNull(scores.strictCompleteness),
    checks: checkGraph(graph, file.problems),
    problems: file.problems,
  };
}

function checkGraph({ metadata, nodes, links }: AttributionGraph, problems: readonly GraphProblem[]): GraphChecks {
  const linked = new Uint8Array(nodes.length);
  let notUpwards = 0;
  let backwards = 0;
  for (let i = 0; i < links.weights.length; i++) {
    const [source, target] = [nodes[links.sources[i]], nodes[links.targets[i]]];
    linked[links.sources[i]] = linked[links.targets[i]] = 1;
    if (source.layer > target.layer || (source.layer === target.layer && source.kind === target.kind)) notUpwards++;
    if (source.position > target.position) backwards++;
  }
  const embedded = new Set(nodes.filter(({ kind }) => kind === 'token').map(({ position }) => position));
  return {
    dangling_links: problems.find(({ code }) => code === 'dangling-link')?.count ?? 0,
    nodes_in_cycles: nodesInCycles(links, nodes.length),
    links_not_upwards: notUpwards,
    links_backwards: backwards,
    missing_embeddings: metadata.promptTokens.filter((_, position) => !embedded.has(position)).length,
    unlinked_nodes: nodes.filter(({ kind }, i) => linked[i] === 0 && kind !== 'token' && kind !== 'logit').length,
  };
}

function orNull(score: number): number | null {
  return Number.isFinite(score) ? score : null;
}
