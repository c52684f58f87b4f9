import type { Side } from '../../src/graph/strongest-links.ts';
import { t, type GraphText } from './texts.ts';
import type { Commands } from './panel.ts';
import type { Store } from './store.ts';
import { firstOf, go, goBack, goTo, follow } from './walk.ts';

/** The keys of the drawing, as the sheet lists them. */
export const KEYS: readonly (readonly [keys: string, does: GraphText])[] = [
  ['↑ ↓ ← →', 'go to the next node up, down, left, right; in the subgraph along its lines'],
  ['I, O', 'follow the strongest input, output; with Shift the next strongest'],
  ['Backspace', 'go back to the node before'],
  ['Home', 'go to the likeliest output'],
  ['Space', 'add the node to the selection or take it out'],
  ['Enter', 'pin or unpin'],
  ['G, U', 'group or ungroup the selected nodes'],
  ['F2', 'rename'],
  ['X', 'open or close a group'],
  ['S', 'change between graph and subgraph'],
  ['/', 'search'],
  ['F, +, −', 'show all, zoom in, zoom out'],
  ['Esc', 'select nothing'],
  ['Ctrl-click', 'pin'],
  ['Shift-click, Shift-drag', 'select several'],
];

const ARROWS = { ArrowUp: 'up', ArrowDown: 'down', ArrowLeft: 'left', ArrowRight: 'right' } as const;

export function pressKey(event: KeyboardEvent, store: Store, commands: Commands): void {
  if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key in ARROWS) go(store, commands, ARROWS[event.key as keyof typeof ARROWS]);
  else if (!press(event, store, commands)) return;
  event.preventDefault();
}

/** False for a key that means nothing here. */
function press(event: KeyboardEvent, store: Store, commands: Commands): boolean {
  const { selected, focused } = store;
  const { canvas } = commands;
  switch (event.key.length === 1 ? event.key.toLowerCase() : event.key) {
    case 'i':
      followOrSay(store, commands, 'inputs', event.shiftKey);
      return true;
    case 'o':
      followOrSay(store, commands, 'outputs', event.shiftKey);
      return true;
    case 'Backspace':
      goBack(store);
      return true;
    case 'Home':
      goTo(store, firstOf(store));
      return true;
    case ' ':
      // The focused node stays focused, in the selection or alone.
      if (focused.value === null) goTo(store, firstOf(store));
      else store.select([focused.value], 'toggle');
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
    case 'x':
      store.toggleGroup();
      return true;
    case 'F2':
      if (focused.value !== null) canvas?.rename();
      return true;
    case 's':
      store.view.value = store.view.value === 'graph' ? 'subgraph' : 'graph';
      return true;
    case '/':
      commands.search();
      return true;
    case '?':
      commands.help();
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

function followOrSay(store: Store, commands: Commands, side: Side, sibling: boolean): void {
  if (!follow(store, commands, side, sibling))
    store.said.value = t(side === 'inputs' ? 'No inputs are shown.' : 'No outputs are shown.');
}
