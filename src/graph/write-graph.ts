import { writeFileAtomically } from '../checkpoint/atomic-file.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { cantorNumber } from './feature-number.ts';
import { jsonNumber } from './json-number.ts';
import { metadataToJson } from './metadata-json.ts';
import type { NodeKind } from './node-kinds.ts';
import { EMBEDDING_LAYER, type AttributionGraph, type GraphNode } from './types.ts';

/** Characters written to disk at a time. */
const CHUNK_CHARACTERS = 2 ** 16;

/** Our kinds under the names that circuit-tracer gave them; others are written as they are. */
const FEATURE_TYPES: ReadonlyMap<NodeKind, string> = new Map([
  ['feature', 'cross layer transcoder'],
  ['error', 'mlp reconstruction error'],
  ['token', 'embedding'],
]);

/**
 * Writes the interchange JSON of circuit-tracer and Neuronpedia (schema 1): streamed, one item a line, under a temporary
 * name first. The same graph gives the same bytes. Leaves and features of our own kinds are nodes with a
 * `feature_type` of their own, which other readers show as plain nodes. Errors: `file-write`, `cancelled`.
 */
export async function writeGraph(path: string, graph: AttributionGraph, task?: Task): Promise<void> {
  await writeFileAtomically(path, inChunks(graphLines(graph), task));
}

/** The lines of the file. */
function* graphLines(graph: AttributionGraph): Generator<string> {
  const { nodes, links, view } = graph;
  const query = {
    pinnedIds: graph.pinned,
    supernodes: graph.supernodes.map(({ label, members }) => [label, ...members]),
    linkType: view?.linkType ?? 'both',
    clickedId: view?.clickedId ?? '',
    sg_pos: view?.subgraphPositions ?? '',
  };
  yield `{\n"metadata": ${JSON.stringify(metadataToJson(graph.metadata))},\n`;
  yield `"qParams": ${JSON.stringify(query)},\n"nodes": [\n`;
  for (const [i, node] of nodes.entries()) yield nodeJson(node) + (i < nodes.length - 1 ? ',\n' : '\n');
  yield '],\n"links": [\n';
  const ids = nodes.map(node => JSON.stringify(node.id));
  for (let i = 0; i < links.weights.length; i++) {
    const ends = `{"source":${ids[links.sources[i]]},"target":${ids[links.targets[i]]}`;
    yield `${ends},"weight":${jsonNumber(links.weights[i])}}${i < links.weights.length - 1 ? ',' : ''}\n`;
  }
  yield ']\n}\n';
}

function* inChunks(lines: Iterable<string>, task: Task | undefined): Generator<string> {
  let chunk = '';
  for (const line of lines) {
    chunk += line;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    throwIfCancelled(task);
    yield chunk;
    chunk = '';
  }
  yield chunk;
}

function nodeJson(node: GraphNode): string {
  const layer = node.layer === EMBEDDING_LAYER ? 'E' : String(node.layer);
  const fields = [
    ['node_id', JSON.stringify(node.id)],
    ['feature', String(featureField(node))],
    ['layer', JSON.stringify(layer)],
    ['ctx_idx', String(node.position)],
    ['feature_type', JSON.stringify(FEATURE_TYPES.get(node.kind) ?? node.kind)],
    ['token_prob', node.probability === undefined ? '0' : jsonNumber(node.probability)],
    ['is_target_logit', String(node.isTarget ?? false)],
    ['run_idx', '0'],
    ['reverse_ctx_idx', '0'],
    ['jsNodeId', JSON.stringify(viewerId(node, layer))],
    ['clerp', JSON.stringify(shownName(node))],
    ['influence', jsonNumber(node.influence)],
    ['activation', jsonNumber(node.activation)],
  ];
  return `{${fields.map(([name, value]) => `"${name}":${value}`).join(',')}}`;
}

/** The integer that files call `feature`: numbers a feature across layers, and is something else for each other kind. */
function featureField({ kind, layer, position, feature, token }: GraphNode): number {
  if (kind === 'token') return position;
  if (kind === 'logit') return token ?? -1;
  return feature === undefined ? -1 : cantorNumber(Math.max(0, layer), feature);
}

/** `jsNodeId`: by this, viewers find the same feature at other positions. */
function viewerId({ id, kind, layer, position, feature, token }: GraphNode, place: string): string {
  if (kind === 'error') return `${layer}_-1-${position}`;
  if (token !== undefined) return `${kind === 'logit' ? 'L' : place}_${token}-${position}`;
  if (feature === undefined) return id;
  return kind === 'feature' ? `${place}_${feature}-0` : `${place}_${kind.replaceAll(' ', '-')}-${feature}-0`;
}

/** `clerp`. Neuronpedia takes the probability out of a logit's. */
function shownName({ kind, text, label, probability }: GraphNode): string {
  if (kind !== 'logit') return label ?? '';
  return `Output "${text ?? ''}" (p=${(probability ?? 0).toFixed(3)})`;
}
