import { EMBEDDING_LAYER, type GraphNode, type NodeId } from './types.ts';
import type { NodeKind } from './node-kinds.ts';

/** Properties that are left out where they are not known. */
type Known<K extends keyof GraphNode> = Partial<Pick<GraphNode, K>>;

export function featureId(layer: number, feature: number, position: number): NodeId {
  return `${layer}_${feature}_${position}`;
}

/** The form of circuit-tracer since July 2026; `0_layer_position` before, which names features of layer 0 too. */
export function errorId(layer: number, position: number): NodeId {
  return `${layer}_-1_${position}`;
}

export function featureNode(
  layer: number,
  position: number,
  feature: number,
  known: Known<'activation' | 'influence' | 'label'> = {},
): GraphNode {
  return { id: featureId(layer, feature, position), kind: 'feature', layer, position, feature, ...known };
}

export function errorNode(layer: number, position: number, known: Known<'influence'> = {}): GraphNode {
  return { id: errorId(layer, position), kind: 'error', layer, position, ...known };
}

export function tokenNode(position: number, token: number, known: Known<'influence'> = {}): GraphNode {
  return { id: `E_${token}_${position}`, kind: 'token', layer: EMBEDDING_LAYER, position, token, ...known };
}

/**
 * An output at `position` (the last one). A target that is not one token (a difference, a direction) takes a number
 * from the vocabulary's size upwards as `token` and its name as `text`, as circuit-tracer does.
 */
export function logitNode(
  layers: number,
  position: number,
  token: number,
  known: Known<'text' | 'probability' | 'isTarget'> = {},
): GraphNode {
  return { id: `${layers + 1}_${token}_${position}`, kind: 'logit', layer: layers + 1, position, token, ...known };
}

/**
 * A leaf or feature of another kind: position, bias, zeroed, head, ... `part` tells several at one place apart
 * (`attention`, `unembed`), `known.feature` features of one kind.
 */
export function otherNode(
  kind: NodeKind,
  layer: number,
  position: number,
  known: Known<'feature' | 'activation' | 'influence' | 'label'> & { readonly part?: string } = {},
): GraphNode {
  const { part, ...rest } = known;
  const place = layer === EMBEDDING_LAYER ? 'E' : String(layer);
  const name = [kind, part, rest.feature].filter(word => word !== undefined).join('-');
  return { id: `${place}_${name.replaceAll(/[\s_]/g, '-')}_${position}`, kind, layer, position, ...rest };
}
