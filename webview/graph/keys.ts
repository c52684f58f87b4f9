import { firstNode, neighbour, strongestNeighbour, type Direction } from '../model/navigation.ts';
import type { Side } from '../model/ranked-links.ts';
import type { Commands } from './panel.ts';
import type { Store } from './store.ts';

/** The keys of the drawing, as the sheet lists them. */
export const KEYS: readonly (readonly [keys: string, does: string])[] = [
  ['↑ ↓ ← →', 'go to the next node up, down, left, right'],
  ['I, O', 'follow the strongest input, output; with Shift the next strongest'],
  ['Backspace', 'go back to the node before'],
  ['Home', 'go to the likeliest output'],
  ['Space', 'add the node to the selection or take it out'],
  ['Enter', 'pin or unpin'],
  ['G, U', 'group or ungroup the selected nodes'],
  ['F2', 'rename'],
  ['S', 'change between graph and subgraph'],
  ['/', 'search'],
  ['F, +, −', 'show all, zoom in, zoom out'],
  ['Esc', 'select nothing'],
  ['Ctrl-click', 'pin'],
  ['Shift-click, Shift-drag', 'select several'],
];

const ARROWS: Readonly<Record<string, Direction>> = {
  ArrowUp: 'up',
  ArrowDown: 'down',
  ArrowLeft: 'left',
  ArrowRight: 'right',
};

/** Where the walk along the edges came from, and which input or output was last looked at. */
const walk = { trail: [] as number[], from: -1, side: 'inputs' as Side, skip: 0 };

export function pressKey(event: KeyboardEvent, store: Store, commands: Commands): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  const arrow = ARROWS[event.key];
  if (arrow !== undefined) step(store, arrow);
  else if (!press(event, store, commands)) return;
  event.preventDefault();
}

/** False for a key that means nothing here. */
function press(event: KeyboardEvent, store: Store, { canvas, search }: Commands): boolean {
  const { selected, focused } = store;
  switch (event.key.length === 1 ? event.key.toLowerCase() : event.key) {
    case 'i':
      follow(store, 'inputs', event.shiftKey);
      return true;
    case 'o':
      follow(store, 'outputs', event.shiftKey);
      return true;
    case 'Backspace': {
      const before = walk.trail.pop();
      if (before !== undefined) store.select([before]);
      return true;
    }
    case 'Home':
      goTo(store, start(store));
      return true;
    case ' ':
      toggleFocused(store);
      return true;
    case 'Enter':
      store.togglePins(selected.value);
      return true;
    case 'g':
      store.group(selected.value);
      return true;
    case 'u':
      store.ungroup(selected.value);
      return true;
    case 'F2':
      if (focused.value !== null) canvas?.rename();
      return true;
    case 's':
      store.view.value = store.view.value === 'graph' ? 'subgraph' : 'graph';
      return true;
    case '/':
      search();
      return true;
    case 'f':
      canvas?.fit();
      return true;
    case '+':
    case '=':
      canvas?.zoom(1.25);
      return true;
    case '-':
      canvas?.zoom(0.8);
      return true;
    case 'Escape':
      store.select([]);
      return true;
    default:
      return false;
  }
}

function start({ model, shown }: Store): number | undefined {
  return model.value === null || shown.value === null ? undefined : firstNode(model.value, shown.value.nodes);
}

function goTo(store: Store, node: number | undefined): void {
  if (node !== undefined) store.select([node]);
}

function step(store: Store, direction: Direction): void {
  const { model, layout, focused } = store;
  if (model.value === null || layout.value === null) return;
  if (focused.value === null) goTo(store, start(store));
  else goTo(store, neighbour(model.value, layout.value, focused.value, direction));
}

/** The strongest neighbour; Shift on a neighbour that was just reached goes to its next strongest sibling. */
function follow(store: Store, side: Side, sibling: boolean): void {
  const { model, shown, focused } = store;
  if (model.value === null || shown.value === null) return;
  if (focused.value === null) {
    goTo(store, start(store));
    return;
  }
  if (sibling && walk.from >= 0 && walk.side === side) walk.skip++;
  else {
    walk.trail.push(focused.value);
    Object.assign(walk, { from: focused.value, side, skip: sibling ? 1 : 0 });
  }
  const next = strongestNeighbour(model.value, shown.value.nodes, walk.from, side, walk.skip);
  if (next === undefined) store.said.value = `No ${side} are shown.`;
  goTo(store, next);
}

/** Space: the focused node stays focused, in the selection or alone. */
function toggleFocused(store: Store): void {
  const { focused } = store;
  if (focused.value === null) goTo(store, start(store));
  else store.select([focused.value], 'toggle');
}
