import { featureIndex } from './feature-number.ts';
import { indexOf, numberOf, textOf, type JsonFields } from './json-fields.ts';
import { isErrorKind, isFeatureKind, type NodeKind } from './node-kinds.ts';
import type { Problems } from './problems.ts';
import { EMBEDDING_LAYER, type GraphNode } from './types.ts';

/** `feature_type` of files to our kinds; others are kept as they are. */
const KINDS: ReadonlyMap<string, NodeKind> = new Map([
  ['cross layer transcoder', 'feature'],
  ['unexplored node', 'feature'],
  ['mlp reconstruction error', 'error'],
  ['embedding', 'token'],
]);

/** Weights of targets that are no tokens need not be probabilities, but are of their order. */
const LARGEST_LOGIT_WEIGHT = 1e6;

/** A node as the file has it: its id need not be unique, and schema 0 refers to it by `viewerId`. */
export interface FileNode {
  readonly node: GraphNode;
  /** `feature`: what labels refer to. */
  readonly number: number | undefined;
  /** `jsNodeId` */
  readonly viewerId: string | undefined;
  /** From a label `[Group] label`. */
  readonly group: string | undefined;
}

/** The layer of logits as Anthropic's first graphs have it; the number follows from the other nodes. */
export const LOGIT_LAYER_UNKNOWN = -2;

/** A node of any of the known formats, or undefined (reported) if it has no id. */
export function readNode(fields: JsonFields, schemaVersion: number, problems: Problems): FileNode | undefined {
  const viewerId = textOf(fields.jsNodeId);
  const id = textOf(fields.node_id) ?? viewerId;
  if (id === undefined) {
    problems.add('node-id', textOf(fields.feature_type) ?? 'a node');
    return undefined;
  }
  const fieldProblem = (field: string) => problems.add('node-field', `${id}: ${field}`);
  const type = textOf(fields.feature_type);
  if (type === undefined) fieldProblem('feature_type');
  const kind: NodeKind =
    type === 'unexplored node' && fields.layer === 'E' ? 'token' : (KINDS.get(type ?? '') ?? type ?? 'unknown');
  const layer = readLayer(fields.layer, kind);
  if (layer === undefined) fieldProblem('layer');
  const position = indexOf(fields.ctx_idx);
  if (position === undefined) fieldProblem('ctx_idx');
  const number = numberOf(fields.feature);
  const isNone = fields.feature === null || fields.feature === undefined;
  if (!isNone && !Number.isSafeInteger(number)) fieldProblem('feature');
  const probability = kind === 'logit' ? numberOf(fields.token_prob) : undefined;
  const isWeight = probability !== undefined && probability >= 0 && probability <= LARGEST_LOGIT_WEIGHT;
  if (probability !== undefined && !isWeight) fieldProblem('token_prob');
  const { label, group } = readLabel(kind, textOf(fields.clerp), number);
  const node: GraphNode = {
    id,
    kind,
    layer: layer ?? 0,
    position: position ?? 0,
    ...known('feature', isFeatureKind(kind) ? featureIndex(number ?? -1, layer ?? 0, id, schemaVersion) : undefined),
    ...known('token', tokenOf(kind, id, number)),
    ...known('text', kind === 'logit' ? logitText(textOf(fields.clerp)) : undefined),
    ...known('label', label),
    ...known('activation', numberOf(fields.activation)),
    ...known('influence', numberOf(fields.influence)),
    ...known('probability', isWeight ? probability : undefined),
    ...(kind === 'logit' && fields.is_target_logit === true ? { isTarget: true } : {}),
  };
  return { node, number, viewerId, group };
}

function known<K extends keyof GraphNode>(key: K, value: GraphNode[K] | undefined): Partial<Pick<GraphNode, K>> {
  return value === undefined ? {} : ({ [key]: value } as Pick<GraphNode, K>);
}

/** Layers are strings or integers; embeddings are at "E" or -1, logits of the first graphs at "E1". */
function readLayer(value: unknown, kind: NodeKind): number | undefined {
  if (kind === 'token' || value === 'E' || value === -1) return EMBEDDING_LAYER;
  if (value === 'E1') return LOGIT_LAYER_UNKNOWN;
  return indexOf(value);
}

/** Logits carry the vocabulary id as `feature`, tokens in the id `E_token_position`. */
function tokenOf(kind: NodeKind, id: string, number: number | undefined): number | undefined {
  if (kind === 'logit') return indexOf(number);
  return kind === 'token' ? indexOf(/^E_(\d{1,9})_\d+$/.exec(id)?.[1]) : undefined;
}

/** The token in `Output "x" (p=0.396)`, `Logit "x" (p=...)` or `output: 'x' (p=...)`. */
function logitText(clerp: string | undefined): string | undefined {
  return clerp === undefined ? undefined : /(["'])(.*)\1 ?\(p=[^)]*\)\s*$/s.exec(clerp)?.[2];
}

/**
 * What files write on tokens, errors and logits (`Emb: " of"`, `Err: mlp " of"`) repeats the node and is no label, nor
 * is a feature's own number (`F123`). `[Group] label` names the supernode too.
 */
function readLabel(
  kind: NodeKind,
  clerp: string | undefined,
  number: number | undefined,
): { label: string | undefined; group: string | undefined } {
  const text = clerp?.trim() ?? '';
  const repeatsNode = kind === 'token' || kind === 'logit' || isErrorKind(kind) || text === `F${number}`;
  if (text === '' || repeatsNode) return { label: undefined, group: undefined };
  const grouped = /^\[([^\]]+)\]\s+(\S.*)$/s.exec(text);
  return { label: grouped?.[2] ?? text, group: grouped?.[1] };
}
