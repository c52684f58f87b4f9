import { isErrorKind, isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { GraphModel } from './graph-model.ts';

/** The shown nodes by token position (columns, in reading order) and layer (rows, logits on top, embeddings last). */
export interface Grid {
  readonly columns: number;
  readonly rows: number;
  /** [rows * columns]; the nodes of each cell, strongest first, errors last. */
  readonly cells: readonly (readonly number[] | undefined)[];
  /** [N]; the cell of each node. */
  readonly cellOf: Uint32Array;
}

export function gridOf(model: GraphModel, shown: Uint8Array): Grid {
  const { nodes, influence, tokens, layers } = model;
  const [columns, rows] = [tokens.length, layers + 2];
  const cells = new Array<number[] | undefined>(rows * columns).fill(undefined);
  const cellOf = new Uint32Array(nodes.length);
  nodes.forEach(({ position, layer, kind }, node) => {
    if (shown[node] === 0) return;
    const row = kind === 'logit' ? 0 : rows - 1 - Math.max(0, layer + 1);
    cellOf[node] = row * columns + position;
    (cells[cellOf[node]] ??= []).push(node);
  });
  const last = (node: number): number => (isErrorKind(nodes[node].kind) ? 1 : 0);
  const strength = (node: number): number =>
    nodes[node].kind === 'logit' ? -(nodes[node].probability ?? 0) : influence[node];
  for (const cell of cells) cell?.sort((a, b) => last(a) - last(b) || strength(a) - strength(b) || a - b);
  return { columns, rows, cells, cellOf };
}

/**
 * The shown nodes whose names are worth their room, most important first: the logits, then features by influence. Errors
 * have no name of their own, and tokens have theirs under the grid.
 */
export function worthNaming({ nodes, rank }: GraphModel, shown: Uint8Array): number[] {
  const all = [...nodes.keys()].filter(node => shown[node] === 1);
  const logits = all.filter(node => nodes[node].kind === 'logit');
  const features = all.filter(node => isFeatureKind(nodes[node].kind));
  return [
    ...logits.sort((a, b) => (nodes[b].probability ?? 0) - (nodes[a].probability ?? 0) || a - b),
    ...features.sort((a, b) => rank[a] - rank[b]),
  ];
}
