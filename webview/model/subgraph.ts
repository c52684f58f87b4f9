import type { AnnotationColour } from '../../src/graph/investigation/types.ts';
import { supernodeLinks } from '../../src/graph/supernode-links.ts';
import type { NodeId } from '../../src/graph/types.ts';
import { kindGroup } from './filter.ts';
import type { GraphModel } from './graph-model.ts';
import { placeName } from './names.ts';
import { linkPen, nodeKey, type NodeLook, type SceneLink, type SceneNode } from './scene.ts';
import { charactersIn, shorten } from './scene-text.ts';

export interface Group {
  readonly id: string;
  readonly name: string;
  readonly members: readonly NodeId[];
  readonly colour?: AnnotationColour;
}

const HEIGHT = 36;
/** Weaker links between boxes (as a share of the target's inputs) are left away. */
const WEAKEST = 0.005;
const MOST = 400;
/** Stronger links say their share, if there are not too many of them. */
const NAMED = 0.05;
const MOST_NAMED = 40;
/** More boxes than these nobody reads, and each costs time: the strongest are drawn. */
export const MOST_BOXES = 240;

/** The nodes of the subgraph: what is pinned and what is in a group. Ids that the graph lacks are passed over. */
export function subgraphMembers(model: GraphModel, pinned: ReadonlySet<number>, groups: readonly Group[]): Set<number> {
  const members = new Set(pinned);
  for (const group of groups) for (const node of membersOf(model, group)) members.add(node);
  return members;
}

export function membersOf(model: GraphModel, group: Group): number[] {
  return group.members.map(id => model.indexOf.get(id)).filter(node => node !== undefined);
}

export interface Subgraph {
  readonly nodes: readonly SceneNode[];
  readonly links: readonly SceneLink[];
  /** Links that are too weak or too many to draw. */
  readonly hidden: number;
  /** Boxes that there would be; more than `MOST_BOXES` are not drawn. */
  readonly boxes: number;
}

/** What one box, or one place in a frame, stands for. */
interface Unit {
  readonly id: string;
  readonly members: readonly number[];
  /** The single node that it is. */
  readonly node?: number;
  /** The group that it is or lies in. */
  readonly group?: Group;
}

/** What is in a subgraph. */
export interface SubgraphParts {
  readonly pinned: ReadonlySet<number>;
  readonly groups: readonly Group[];
  /** Ids of the groups that show their members. */
  readonly open: ReadonlySet<string>;
  /** [N]; 1 = may be shown. */
  readonly passing: Uint8Array;
}

/** How its boxes look. */
export interface SubgraphLook {
  readonly node: (node: number) => NodeLook;
  /** Says how many nodes a closed group has. */
  readonly size: (members: number) => string;
  readonly boxWidth: number;
}

/**
 * The pinned nodes, the logits and the groups as boxes without places (x and y are 0). A group is one box, or, when it
 * is open, a frame around its members. Links carry the signed share of the target's inputs (`supernodeLinks`). Of very many
 * boxes only the `most` that have most influence are in it.
 */
export function subgraph(model: GraphModel, parts: SubgraphParts, look: SubgraphLook, most = MOST_BOXES): Subgraph {
  const { boxWidth } = look;
  const all = unitsOf(model, parts);
  const units = strongest(model, all, most);
  const nodes: SceneNode[] = [];
  const framed = new Set<string>();
  for (const { id, members, node, group } of units) {
    // A frame comes before what lies in it.
    if (group !== undefined && !framed.has(group.id)) {
      framed.add(group.id);
      const size = node === undefined ? look.size(members.length) : undefined;
      nodes.push(groupBox(group, size, boxWidth, rowOf(model, members)));
    }
    if (node === undefined) continue;
    // All are pinned here: nothing to mark.
    const { name, ...rest } = { ...look.node(node), pinned: false };
    const lines = [name, placeName(model, node)].map(line => shorten(line, charactersIn(boxWidth)));
    const place = { x: 0, y: 0, width: boxWidth, height: HEIGHT, mark: false, row: rowOf(model, members) };
    const box = { id, node, shape: kindGroup(model.nodes[node].kind), ...place, text: lines.join('\n'), ...rest };
    nodes.push(group === undefined ? box : { ...box, group: group.id });
  }
  return { nodes, ...linesBetween(model, units), boxes: all.length };
}

/** Each node in one unit: of the first group that has it, closed groups in one unit each. */
function unitsOf(model: GraphModel, { pinned, groups, open, passing }: SubgraphParts): Unit[] {
  const units: Unit[] = [];
  const taken = new Set<number>();
  const single = (node: number, group?: Group): void => {
    units.push({ id: nodeKey(node), members: [node], node, ...(group === undefined ? {} : { group }) });
    taken.add(node);
  };
  for (const group of groups) {
    const members = membersOf(model, group).filter(node => !taken.has(node) && passing[node] === 1);
    if (members.length === 0) continue;
    if (open.has(group.id)) for (const node of members) single(node, group);
    else units.push({ id: groupKey(group.id), members, group });
    for (const node of members) taken.add(node);
  }
  for (const node of pinned) if (!taken.has(node) && passing[node] === 1) single(node);
  model.nodes.forEach(({ kind }, node) => {
    if (kind === 'logit' && passing[node] === 1 && !taken.has(node)) single(node);
  });
  return units;
}

/** The `most` units of which a member has most influence, in their order. Outputs (rank 0) come first. */
function strongest({ rank }: GraphModel, units: readonly Unit[], most: number): readonly Unit[] {
  if (units.length <= most) return units;
  const best = new Map(
    units.map(unit => [unit, unit.members.reduce((least, node) => Math.min(least, rank[node]), Infinity)]),
  );
  const kept = new Set([...units].sort((a, b) => (best.get(a) ?? 0) - (best.get(b) ?? 0)).slice(0, most));
  return units.filter(unit => kept.has(unit));
}

/** With `size`, the words for how many members it has, the group is closed. */
function groupBox(group: Group, size: string | undefined, width: number, row: number): SceneNode {
  const name = shorten(group.name, charactersIn(width));
  return {
    id: groupKey(group.id),
    group: group.id,
    shape: 'group',
    ...{ x: 0, y: 0, width, height: HEIGHT, row },
    text: size === undefined ? name : `${name}\n${size}`,
    mark: false,
    pinned: false,
    spurious: false,
    ...(group.colour === undefined ? {} : { colour: group.colour }),
  };
}

/** Outputs stand above all layers; of several nodes the mean. */
function rowOf({ nodes, layers }: GraphModel, members: readonly number[]): number {
  const rows = members.map(node => {
    const { kind, layer } = nodes[node];
    return kind === 'logit' ? layers : kind === 'token' ? -1 : layer;
  });
  return Math.round(rows.reduce((sum, row) => sum + row, 0) / members.length);
}

function linesBetween(model: GraphModel, units: readonly Unit[]): { links: SceneLink[]; hidden: number } {
  const all = supernodeLinks(
    model,
    units.map(({ members }) => members),
  );
  const drawn = all
    .filter(({ weight }) => Math.abs(weight) >= WEAKEST)
    .sort((a, b) => Math.abs(a.weight) - Math.abs(b.weight))
    .slice(-MOST);
  const named = new Set(drawn.filter(({ weight }) => Math.abs(weight) >= NAMED).slice(-MOST_NAMED));
  const links = drawn.map(link => ({
    id: `${units[link.source].id}>${units[link.target].id}`,
    source: units[link.source].id,
    target: units[link.target].id,
    weight: link.weight,
    // Few lines, each of which is meant: their width alone says how strong they are, and all keep their contrast.
    width: linkPen(Math.abs(link.weight)).width,
    opacity: 1,
    text: percent(link.weight),
    named: named.has(link),
  }));
  return { links, hidden: all.length - drawn.length };
}

export function groupKey(id: string): string {
  return `g${id}`;
}

/** A signed share: "+12 %". */
export function percent(share: number): string {
  const value = Math.abs(share) * 100;
  const shown = value >= 9.95 ? value.toFixed(0) : value.toFixed(1);
  return `${share < 0 ? '−' : '+'}${shown} %`;
}
