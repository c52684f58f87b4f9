import './graph.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { connectHost } from '../host.ts';
import { registerToolkit } from '../ui/toolkit.ts';
import { watchTheme } from '../ui/theme.ts';
import { setTranslations } from '../translate.ts';
import type { HostMessage, PanelMessage, PanelReplies, PanelRequest } from '../protocol.ts';
import { App } from './app.tsx';
import { runCommand } from './commands.ts';
import { exportPng, exportSvg } from './export.ts';
import type { Commands, Popover } from './panel.ts';
import { createStore } from './store.ts';

const root = document.getElementById('root');
setTranslations(root?.dataset['texts']);
registerToolkit();
const host = connectHost<PanelMessage, PanelRequest, PanelReplies>(receive);
const store = createStore(host);
const palette = watchTheme();
const popover = signal<Popover | null>(null);
const commands: Commands = {
  canvas: null,
  search: () => undefined,
  suggest: () => (popover.value = 'suggestions'),
  help: () => (popover.value = 'help'),
  exportSvg: () => exportSvg(store, commands, palette.value),
  exportPng: () => exportPng(store, commands),
};

function receive(message: HostMessage): void {
  switch (message.type) {
    case 'snapshot':
      store.takeSnapshot(message.snapshot);
      break;
    case 'investigation':
      store.takeInvestigation(message.investigation);
      break;
    case 'feature-facts':
      store.facts.value = message.facts;
      break;
    case 'position':
      store.cursor.value = message.position;
      break;
    case 'select': {
      const { indexOf } = store.model.value ?? { indexOf: new Map<string, number>() };
      const nodes = message.nodes.map(id => indexOf.get(id)).filter(node => node !== undefined);
      store.select(nodes, 'replace', false);
      break;
    }
    case 'busy':
      store.busy.value = message.text;
      if (message.text !== null) store.failure.value = null;
      break;
    case 'failed':
      store.busy.value = null;
      store.failure.value = message;
      break;
    case 'command':
      runCommand(message.command, store, commands);
      break;
  }
}

if (root !== null) render(<App panel={{ store, palette, commands, popover }} />, root);
host.post({ type: 'ready' });
