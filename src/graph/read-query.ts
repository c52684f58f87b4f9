import { fieldsOf, isFields, listOf, textOf } from './json-fields.ts';
import type { FileNode } from './read-node.ts';
import type { Problems } from './problems.ts';
import type { GraphView, NodeId, Supernode } from './types.ts';

/** What `qParams` says about the nodes. */
export interface GraphQuery {
  readonly pinned: NodeId[];
  readonly supernodes: Supernode[];
  /** Labels that a person gave in a viewer, by node; they go before the file's own. */
  readonly labels: ReadonlyMap<NodeId, string>;
  readonly view: GraphView | undefined;
}

/** Finds the node that an id of the file means: `node_id`, or `jsNodeId` in schema 0. */
export type FindNode = (id: string) => NodeId | undefined;

/**
 * `qParams`: lists may be arrays, JSON text or (pins) text with commas, and everything may be null or missing.
 * A file without supernodes gets those of its labels `[Group] label`.
 */
export function readQuery(value: unknown, nodes: readonly FileNode[], find: FindNode, problems: Problems): GraphQuery {
  const fields = fieldsOf(value);
  const supernodes = (listOf(fields.supernodes) ?? []).flatMap(item => readSupernode(item, find, problems));
  return {
    pinned: readPinned(fields.pinnedIds, find, problems),
    supernodes: supernodes.length > 0 ? supernodes : supernodesOfLabels(nodes),
    labels: readLabels(fields.clerps, nodes, find, problems),
    view: readView(fields),
  };
}

function readPinned(value: unknown, find: FindNode, problems: Problems): NodeId[] {
  const ids = listOf(value) ?? (typeof value === 'string' ? value.split(',') : []);
  const pinned = new Set<NodeId>();
  for (const item of ids) {
    const id = textOf(item)?.trim() ?? '';
    const node = find(id);
    if (node !== undefined) pinned.add(node);
    else if (id !== '') problems.add('pinned-id', id);
  }
  return [...pinned];
}

/** `[label, id, ...]` */
function readSupernode(value: unknown, find: FindNode, problems: Problems): Supernode[] {
  const [name, ...ids] = (listOf(value) ?? []).flatMap(item => listOf(item) ?? [item]);
  const label = textOf(name);
  const members = new Set<NodeId>();
  for (const item of ids) {
    const id = textOf(item) ?? '';
    const node = find(id);
    if (node === undefined) problems.add('supernode-member', `${label}: ${id}`);
    else members.add(node);
  }
  if (label !== undefined && members.size > 0) return [{ label, members: [...members] }];
  problems.add('supernode', label ?? 'without a label');
  return [];
}

function supernodesOfLabels(nodes: readonly FileNode[]): Supernode[] {
  const groups = new Map<string, NodeId[]>();
  for (const { node, group } of nodes) {
    if (group === undefined) continue;
    const members = groups.get(group);
    if (members === undefined) groups.set(group, [node.id]);
    else members.push(node.id);
  }
  return [...groups].map(([label, members]) => ({ label, members }));
}

/**
 * `clerps`: pairs of what is labelled and its label, or an object of them. The key is a feature's number (all its
 * positions), `layer_number_position`, or the id of a node.
 */
function readLabels(
  value: unknown,
  nodes: readonly FileNode[],
  find: FindNode,
  problems: Problems,
): Map<NodeId, string> {
  const pairs = listOf(value) ?? (isFields(value) ? Object.entries(value) : []);
  const labels = new Map<NodeId, string>();
  if (pairs.length === 0) return labels;
  const byNumber = new Map<string, NodeId[]>();
  for (const { node, number } of nodes) {
    if (node.feature === undefined || number === undefined) continue;
    for (const key of [String(number), `${node.layer}_${number}_${node.position}`]) {
      const ids = byNumber.get(key);
      if (ids === undefined) byNumber.set(key, [node.id]);
      else ids.push(node.id);
    }
  }
  for (const pair of pairs) {
    const [key, label] = (listOf(pair) ?? []).map(textOf);
    const named = byNumber.get(key ?? '') ?? [find(key ?? '')].filter(id => id !== undefined);
    if (label === undefined || named.length === 0) problems.add('label', key ?? 'without a key');
    else for (const id of named) labels.set(id, label);
  }
  return labels;
}

function readView(fields: ReturnType<typeof fieldsOf>): GraphView | undefined {
  const view: [keyof GraphView, unknown][] = [
    ['linkType', fields.linkType],
    ['clickedId', fields.clickedId],
    ['subgraphPositions', fields.sg_pos],
  ];
  const known = view.filter(([, value]) => typeof value === 'string' && value !== '');
  return known.length === 0 ? undefined : Object.fromEntries(known);
}
