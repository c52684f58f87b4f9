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
}

/**
 * The pinned nodes, the logits and the groups as boxes without places (x and y are 0). A group is one box, or, when it
 * is open, a frame around its members. Links carry the signed share of the target's inputs (`supernodeLinks`). Only nodes that
 * `passing` [N] has as 1 are in it.
 */
export function subgraph(
  model: GraphModel,
  pinned: ReadonlySet<number>,
  groups: readonly Group[],
  open: ReadonlySet<string>,
  look: (node: number) => NodeLook,
  passing: Uint8Array,
  boxWidth = 156,
): Subgraph {
  const nodes: SceneNode[] = [];
  const units: { readonly id: string; readonly members: readonly number[] }[] = [];
  const single = (node: number, group?: string): void => {
    // All are pinned here: nothing to mark.
    const { name, ...rest } = { ...look(node), pinned: false };
    const text = `${shorten(name, charactersIn(boxWidth))}\n${shorten(placeName(model, node), charactersIn(boxWidth))}`;
    const shape = kindGroup(model.nodes[node].kind);
    const place = { x: 0, y: 0, width: boxWidth, height: HEIGHT, mark: false };
    nodes.push({ id: nodeKey(node), node, shape, ...place, text, ...rest, ...(group === undefined ? {} : { group }) });
    units.push({ id: nodeKey(node), members: [node] });
  };
  const grouped = new Set<number>();
  for (const group of groups) {
    const members = membersOf(model, group).filter(node => !grouped.has(node) && passing[node] === 1);
    if (members.length === 0) continue;
    const isOpen = open.has(group.id);
    const id = groupKey(group.id);
    const count = `${members.length} ${members.length === 1 ? 'node' : 'nodes'}`;
    const name = shorten(group.name, charactersIn(boxWidth));
    nodes.push({
      id,
      group: group.id,
      shape: 'group',
      ...{ x: 0, y: 0, width: boxWidth, height: HEIGHT },
      text: isOpen ? name : `${name}\n${count}`,
      mark: false,
      pinned: false,
      spurious: false,
      ...(group.colour === undefined ? {} : { colour: group.colour }),
    });
    for (const node of members) {
      grouped.add(node);
      if (isOpen) single(node, group.id);
    }
    if (!isOpen) units.push({ id, members });
  }
  for (const node of pinned) if (!grouped.has(node) && passing[node] === 1) single(node);
  model.nodes.forEach(({ kind }, node) => {
    if (kind === 'logit' && passing[node] === 1 && !pinned.has(node) && !grouped.has(node)) single(node);
  });
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
    ...linkPen(Math.abs(link.weight)),
    text: percent(link.weight),
    named: named.has(link),
  }));
  return { nodes, links, hidden: all.length - drawn.length };
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
