import { groupKey, membersOf } from '../model/subgraph.ts';
import { nodeKey, type SceneNode } from '../model/scene.ts';
import type { Store } from './store.ts';

/** From nodes to the boxes that are drawn for them, and back. Reads signals without listening to them. */

/** The key of a node's box: in the subgraph that of the closed group that it lies in. */
export function keyOf({ view, groupOf, open }: Store, node: number): string {
  const group = view.peek() === 'subgraph' ? groupOf.peek().get(node) : undefined;
  return group === undefined || open.peek().has(group.id) ? nodeKey(node) : groupKey(group.id);
}

/** The nodes that a box stands for. */
export function nodesOf({ model, supernodes }: Store, { node, group }: SceneNode): number[] {
  if (node !== undefined) return [node];
  const found = supernodes.peek().find(({ id }) => id === group);
  const graph = model.peek();
  return found === undefined || graph === null ? [] : membersOf(graph, found);
}

/** Places are kept by node id, which outlives a new trace; boxes go by number. */
export function keptKey({ model }: Store, key: string): string {
  return key.startsWith('g') ? key : (model.peek()?.nodes[Number(key.slice(1))].id ?? key);
}

/** The kept places of boxes, by their keys now. */
export function placesByKey({ model, positions }: Store): Record<string, readonly [x: number, y: number]> {
  const indexOf = model.peek()?.indexOf;
  return Object.fromEntries(
    Object.entries(positions.peek()).map(([kept, place]) => {
      const node = indexOf?.get(kept);
      return [node === undefined ? kept : nodeKey(node), place];
    }),
  );
}
