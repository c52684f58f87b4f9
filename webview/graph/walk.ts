import type { Side } from '../../src/graph/strongest-links.ts';
import { firstNode, neighbour, strongestNeighbour, type Direction } from '../model/navigation.ts';
import { nextBox, strongestBox } from '../model/subgraph-walk.ts';
import { keyOf, nodesOf } from './boxes.ts';
import type { Commands } from './panel.ts';
import type { Store } from './store.ts';

/** Walking by keyboard: in the graph from node to node, in the subgraph from box to box along its own lines. */

/** Where the walk along the edges came from, and which input or output was last looked at. */
const way = {
  trail: [] as (readonly number[])[],
  from: [] as readonly number[],
  side: 'inputs' as Side,
  skip: 0,
  reached: null as number | null,
};

/** Where the keyboard begins. */
export function firstOf({ model, shown }: Store): number | undefined {
  return model.value === null || shown.value === null ? undefined : firstNode(model.value, shown.value.nodes);
}

export function goTo(store: Store, node: number | undefined): void {
  if (node !== undefined) store.select([node]);
}

export function goBack(store: Store): void {
  const before = way.trail.pop();
  if (before !== undefined) store.select(before);
}

export function go(store: Store, commands: Commands, direction: Direction): void {
  const { model, layout, focused, view } = store;
  if (model.value === null || layout.value === null) return;
  if (focused.value === null) goTo(store, firstOf(store));
  else if (view.value === 'graph') goTo(store, neighbour(model.value, layout.value, focused.value, direction));
  else {
    const { links = [] } = store.part.value ?? {};
    goToBox(store, commands, nextBox(boxes(commands), links, keyOf(store, focused.value), direction));
  }
}

/**
 * To the strongest neighbour; with `sibling`, on a neighbour that was just reached, to its next strongest sibling. False
 * if there is none.
 */
export function follow(store: Store, commands: Commands, side: Side, sibling: boolean): boolean {
  const { model, shown, focused, selected, view } = store;
  if (model.value === null || shown.value === null) return false;
  if (focused.value === null) {
    goTo(store, firstOf(store));
    return true;
  }
  if (sibling && way.reached === focused.value && way.side === side) way.skip++;
  else {
    const from = view.value === 'graph' ? [focused.value] : selected.value;
    way.trail.push(from);
    Object.assign(way, { from, side, skip: sibling ? 1 : 0 });
  }
  const from = way.from[way.from.length - 1];
  if (view.value === 'graph') {
    const next = strongestNeighbour(model.value, shown.value.nodes, from, side, way.skip);
    goTo(store, next);
    way.reached = focused.value;
    return next !== undefined;
  }
  const next = strongestBox(store.part.value?.links ?? [], keyOf(store, from), side, way.skip);
  goToBox(store, commands, next);
  way.reached = focused.value;
  return next !== undefined;
}

/** The boxes of the subgraph; a frame is no place to be at. */
function boxes({ canvas }: Commands) {
  const all = canvas?.scene() ?? [];
  const frames = new Set(all.filter(({ shape }) => shape !== 'group').map(({ group }) => group));
  return all.filter(({ shape, group }) => shape !== 'group' || !frames.has(group));
}

function goToBox(store: Store, commands: Commands, key: string | undefined): void {
  const box = boxes(commands).find(({ id }) => id === key);
  if (box !== undefined) store.select(nodesOf(store, box));
}
