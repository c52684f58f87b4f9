import type { SceneNode } from '../model/scene.ts';
import type { Store } from './store.ts';

/**
 * What the editor's context menu knows of the place that was clicked: `when` clauses read these names, commands get the
 * object as their argument.
 */
export interface MenuContext {
  readonly webviewSection: 'node' | 'group' | 'canvas';
  readonly preventDefaultContextMenuItems: true;
  /** Ids of the nodes that the command is about. */
  readonly nodes: readonly string[];
  readonly nodeKind?: string;
  readonly layer?: number;
  readonly feature?: number;
  readonly group?: string;
  readonly pinned: boolean;
  readonly grouped: boolean;
  readonly readOnly: boolean;
  readonly view: string;
}

export function contextOf(store: Store, on: SceneNode | undefined): MenuContext {
  const ids = store.selection.value;
  const node = on?.node === undefined ? undefined : store.model.value?.nodes[on.node];
  const group = store.selected.value.map(one => store.groupOf.value.get(one)).find(one => one !== undefined);
  return {
    webviewSection: on === undefined ? 'canvas' : on.shape === 'group' ? 'group' : 'node',
    preventDefaultContextMenuItems: true,
    nodes: on === undefined ? [] : ids,
    ...(node === undefined ? {} : { nodeKind: node.kind, layer: node.layer }),
    ...(node?.feature === undefined ? {} : { feature: node.feature }),
    ...(group === undefined ? {} : { group: group.id }),
    pinned: store.selected.value.length > 0 && store.selected.value.every(one => store.pinned.value.has(one)),
    grouped: group !== undefined,
    readOnly: store.readOnly.value,
    view: store.view.value,
  };
}

/**
 * The editor shows its menu for `contextmenu` events that nobody prevented, with the `data-vscode-context` above the
 * target. Cytoscape prevents all on its container; so the event is caught before it and sent once more from `frame`,
 * which then says where it was. Gives the function that stops it.
 */
export function passContextMenu(
  frame: HTMLElement,
  container: HTMLElement,
  contextAt: (x: number, y: number) => MenuContext,
): () => void {
  const listen = (event: MouseEvent): void => {
    if (event.target === frame || !(event.target instanceof Node) || !container.contains(event.target)) {
      if (event.target === frame) return;
      frame.dataset['vscodeContext'] = JSON.stringify(contextAt(-1, -1));
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const { left, top } = frame.getBoundingClientRect();
    frame.dataset['vscodeContext'] = JSON.stringify(contextAt(event.clientX - left, event.clientY - top));
    const { clientX, clientY, screenX, screenY } = event;
    const place = { clientX, clientY, screenX, screenY };
    frame.dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true, composed: true, ...place }));
  };
  frame.addEventListener('contextmenu', listen, true);
  return () => frame.removeEventListener('contextmenu', listen, true);
}
