import { isErrorKind } from './node-kinds.ts';
import { errorId } from './nodes.ts';
import type { FileNode } from './read-node.ts';
import type { NodeId } from './types.ts';

/** The nodes of a file with ids that are unique, and what the file's own ids mean. */
export interface IdentifiedNodes {
  readonly nodes: readonly FileNode[];
  /** Of each id of the file the indices of its nodes, first the one that keeps the id. */
  readonly byFileId: ReadonlyMap<string, readonly number[]>;
  /** Ids of the file that several nodes share. */
  readonly duplicateIds: readonly string[];
}

/**
 * Gives every node an id of its own. Before July 2026 circuit-tracer named errors `0_layer_position`, which also names
 * feature `layer` of layer 0: such errors get the form used since, other duplicates a number.
 */
export function withUniqueIds(fileNodes: readonly FileNode[]): IdentifiedNodes {
  const byFileId = new Map<string, number[]>();
  for (const [i, { node }] of fileNodes.entries()) {
    const indices = byFileId.get(node.id);
    if (indices === undefined) byFileId.set(node.id, [i]);
    else indices.push(i);
  }
  const taken = new Set<NodeId>(byFileId.keys());
  const nodes = [...fileNodes];
  const duplicateIds: string[] = [];
  for (const [id, indices] of byFileId) {
    if (indices.length === 1) continue;
    duplicateIds.push(id);
    // The feature keeps the id wherever it stands, so that pins keep their meaning.
    const keeper = indices.find(i => !isErrorKind(fileNodes[i].node.kind)) ?? indices[0];
    const others = indices.filter(i => i !== keeper);
    byFileId.set(id, [keeper, ...others]);
    let serial = 1;
    for (const i of others) {
      const { node } = fileNodes[i];
      let own = isErrorKind(node.kind) ? errorId(node.layer, node.position) : id;
      while (taken.has(own)) own = `${id}#${++serial}`;
      taken.add(own);
      nodes[i] = { ...fileNodes[i], node: { ...node, id: own } };
    }
  }
  return { nodes, byFileId, duplicateIds };
}
