import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { fieldsOf, isFields, numberOf, textOf } from './json-fields.ts';
import { JsonObjectStream } from './json-object-stream.ts';
import { LinkColumns } from './link-columns.ts';
import { Problems, type GraphProblem } from './problems.ts';
import { readMetadata } from './read-metadata.ts';
import { LOGIT_LAYER_UNKNOWN, readNode, type FileNode } from './read-node.ts';
import { readQuery } from './read-query.ts';
import { resolveLinks } from './resolve-links.ts';
import type { AttributionGraph, GraphMetadata, GraphNode } from './types.ts';
import { withUniqueIds } from './unique-ids.ts';

const READ_BYTES = 2 ** 20;
/** Named limits: a Map holds 2^24 keys, and 2^27 links are 2 GB of columns. */
const MOST_NODES = 2 ** 22;
const MOST_LINKS = 2 ** 27;
/** The largest float32: effects are computed in float32. */
const LARGEST_WEIGHT = (2 - 2 ** -23) * 2 ** 127;

/** A graph and what its file was like. */
export interface GraphFile {
  readonly path: string;
  readonly graph: AttributionGraph;
  readonly format: GraphFormat;
  /** Ids that several nodes of the file share; in `graph` each node has its own. */
  readonly duplicateNodeIds: readonly string[];
  readonly problems: readonly GraphProblem[];
}

export interface ReadOptions {
  /** A file that is damaged after some of its nodes is read up to the damage, which is one of the problems then. */
  readonly salvage?: boolean;
}

/** `crm`: a complete replacement model (attention features `lorsa`, biases); the others by their schema. */
export type GraphFormat = 'attribution-graph schema 0' | 'attribution-graph schema 1' | 'attribution-graph crm';

/**
 * Reads an attribution graph in the interchange JSON, whoever made it: circuit-tracer (both forms of error ids),
 * Neuronpedia (saved subgraphs with their state as text), Anthropic's first graphs (schema 0), complete replacement
 * models, this tool. Streamed: the file may be larger than a string. What can be mended is mended and reported.
 * Errors: `file-missing`, `file-damaged`, `file-unsupported`, `cancelled`; each names the file and the field.
 */
export async function readGraph(path: string, task?: Task, options: ReadOptions = {}): Promise<GraphFile> {
  const problems = new Problems();
  const rows: unknown[] = [];
  const links = new LinkColumns();
  const values = new Map<string, unknown>();
  const stream = new JsonObjectStream(path, {
    fields: new Map([
      ...(['metadata', 'qParams'] as const).map(field => [field, 'value'] as const),
      ...(['nodes', 'links', 'edges'] as const).map(field => [field, 'elements'] as const),
    ]),
    onValue: (field, value) => void values.set(field, value),
    onElements: (field, elements) => {
      if (field === 'nodes') for (const element of elements) rows.push(element);
      else for (const element of elements) addLink(links, element, problems);
      if (rows.length > MOST_NODES) throw tooMany(path, 'nodes', MOST_NODES);
      if (links.count > MOST_LINKS) throw tooMany(path, 'links', MOST_LINKS);
    },
    onNotFinite: (field, count) => problems.add('not-finite', field, count),
  });
  try {
    await pushFile(path, stream, task);
  } catch (error) {
    const isUseful = error instanceof CircuitError && error.code === 'file-damaged' && rows.length > 0;
    if (options.salvage !== true || !isUseful) throw error;
    problems.add('cut-off', error.message);
  }
  if (rows.length === 0) {
    throw new CircuitError(
      'file-unsupported',
      `${path} has no "nodes": it is not an attribution graph.`,
      'Open a graph that Circuit Explorer, circuit-tracer or Neuronpedia wrote.',
    );
  }
  return assemble(path, rows, links, values, problems);
}

async function pushFile(path: string, stream: JsonObjectStream, task: Task | undefined): Promise<void> {
  try {
    const { size } = await stat(path);
    let done = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
      throwIfCancelled(task);
      stream.push(chunk as Uint8Array);
      done += (chunk as Uint8Array).length;
      task?.progress?.('read graph', done, size);
    }
  } catch (cause) {
    if (cause instanceof CircuitError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError('file-missing', `${path} cannot be read: ${reason}.`, 'Check the path.', { cause });
  }
  stream.end();
}

function addLink(links: LinkColumns, element: unknown, problems: Problems): void {
  const fields = fieldsOf(element);
  const [source, target, weight] = [textOf(fields.source), textOf(fields.target), numberOf(fields.weight)];
  if (source === undefined || target === undefined) problems.add('dangling-link', 'a link without its two ends');
  else if (weight === undefined || Math.abs(weight) > LARGEST_WEIGHT)
    problems.add('link-weight', `${source} to ${target}`);
  else links.add(source, target, weight);
}

function assemble(
  path: string,
  rows: readonly unknown[],
  links: LinkColumns,
  values: ReadonlyMap<string, unknown>,
  problems: Problems,
): GraphFile {
  const metadata = readMetadata(values.get('metadata'), problems);
  const fileNodes = rows.flatMap(row => readNode(fieldsOf(row), metadata.schemaVersion, problems) ?? []);
  const { nodes, byFileId, duplicateIds } = withUniqueIds(fileNodes);
  for (const id of duplicateIds) problems.add('duplicate-id', id);
  const byViewerId = viewerIds(nodes);
  const candidates = (id: string) => byFileId.get(id) ?? byViewerId.get(id) ?? [];
  const query = readQuery(values.get('qParams'), nodes, id => nodes[candidates(id)[0]]?.node.id, problems);
  const placed = placeLogits(nodes.map(({ node }) => withLabel(node, query.labels.get(node.id))));
  return {
    path,
    graph: {
      metadata,
      nodes: placed,
      links: resolveLinks(links, placed, candidates, problems),
      pinned: query.pinned,
      supernodes: query.supernodes,
      ...(query.view === undefined ? {} : { view: query.view }),
    },
    format: formatOf(metadata, nodes, values.get('metadata')),
    duplicateNodeIds: duplicateIds,
    problems: problems.list(),
  };
}

/** `jsNodeId`, where it says which node is meant. */
function viewerIds(nodes: readonly FileNode[]): Map<string, number[]> {
  const found = new Map<string, number[]>();
  for (const [i, { viewerId }] of nodes.entries()) {
    if (viewerId !== undefined) found.set(viewerId, found.has(viewerId) ? [] : [i]);
  }
  return found;
}

function withLabel(node: GraphNode, label: string | undefined): GraphNode {
  return label === undefined ? node : { ...node, label };
}

/** Logits whose layer the file does not number go above all other nodes. */
function placeLogits(nodes: readonly GraphNode[]): readonly GraphNode[] {
  if (nodes.every(node => node.layer !== LOGIT_LAYER_UNKNOWN)) return nodes;
  const top = nodes.reduce((highest, { layer }) => Math.max(highest, layer), 0);
  return nodes.map(node => (node.layer === LOGIT_LAYER_UNKNOWN ? { ...node, layer: top + 1 } : node));
}

function formatOf(metadata: GraphMetadata, nodes: readonly FileNode[], raw: unknown): GraphFormat {
  const attention = nodes.some(({ node }) => node.kind === 'lorsa' || node.kind === 'lorsa error');
  if (attention || (isFields(raw) && raw.sae_series !== undefined)) return 'attribution-graph crm';
  return metadata.schemaVersion === 0 ? 'attribution-graph schema 0' : 'attribution-graph schema 1';
}

function tooMany(path: string, what: string, limit: number): CircuitError {
  return new CircuitError('file-unsupported', `${path} has more than ${limit} ${what}.`, 'Prune the graph further.');
}
