import type { PanelCommand } from '../protocol.ts';
import type { Commands } from './panel.ts';
import type { Store } from './store.ts';

/** A command of the palette or of a context menu. */
export function runCommand(command: PanelCommand, store: Store, commands: Commands): void {
  const { canvas } = commands;
  switch (command) {
    case 'fit':
      canvas?.fit();
      break;
    case 'zoom-in':
      canvas?.zoom(1.25);
      break;
    case 'zoom-out':
      canvas?.zoom(0.8);
      break;
    case 'search':
      commands.search();
      break;
    case 'pin-selected':
      store.togglePins(store.selected.value);
      break;
    case 'group-selected':
      store.group(store.selected.value);
      break;
    case 'ungroup-selected':
      store.ungroup(store.selected.value);
      break;
    case 'show-graph':
      store.view.value = 'graph';
      break;
    case 'show-subgraph':
      store.view.value = 'subgraph';
      break;
    case 'suggest-groups':
      store.view.value = 'subgraph';
      commands.suggest();
      break;
    case 'export-svg':
      void commands.exportSvg();
      break;
    case 'export-png':
      void commands.exportPng();
  }
}
