import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { investigationOfGraph } from '../../src/graph/investigation/from-graph.ts';
import { ontoGraph } from '../../src/graph/investigation/onto-graph.ts';
import { slugOf } from '../../src/graph/slug.ts';
import { writeGraph } from '../../src/graph/write-graph.ts';
import type { PanelCommand } from '../../webview/protocol.ts';
import { targetsOf, type Targets } from '../annotations/feature-targets.ts';
import { plainLabel } from '../common/plain-message.ts';
import type { OpenSessions } from './open-sessions.ts';
import { defaultFolder } from './panel-window.ts';
import type { Session } from './session.ts';
import type { UnsavedInvestigations } from './unsaved.ts';

/** Commands that the graph's page carries out. */
const PAGE_COMMANDS: Readonly<Record<string, PanelCommand>> = {
  exportSvg: 'export-svg',
  exportPng: 'export-png',
  'graph.fit': 'fit',
  'graph.zoomIn': 'zoom-in',
  'graph.zoomOut': 'zoom-out',
  'graph.search': 'search',
  'graph.showGraph': 'show-graph',
  'graph.showSubgraph': 'show-subgraph',
  'graph.suggestGroups': 'suggest-groups',
};

/** A command by what follows `circuit.`; its arguments are the editor's. */
export type Commands = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>;

/** Commands of graphs and investigations: those of the page, pins, groups, opening, starting, exporting. */
export function investigationCommands(sessions: OpenSessions, unsaved: UnsavedInvestigations): Commands {
  const on =
    (work: (session: Session, targets: Targets) => unknown) =>
    (...args: readonly unknown[]) =>
      sessions.active === undefined ? undefined : work(sessions.active, targetsOf(sessions.active, args));
  const page = Object.entries(PAGE_COMMANDS).map(
    ([id, command]) => [id, on(session => session.command(command))] as const,
  );
  return {
    ...Object.fromEntries(page),
    'graph.fullScreen': () => vscode.commands.executeCommand('workbench.action.toggleZenMode'),
    pin: on((session, { nodes }) => session.edit({ kind: 'pin', nodes })),
    unpin: on((session, { nodes }) => session.edit({ kind: 'unpin', nodes })),
    group: on(async (session, { nodes }) => {
      if (nodes.length === 0) return;
      const title = vscode.l10n.t('Group into Supernode');
      const name = await vscode.window.showInputBox({ title, placeHolder: vscode.l10n.t('What the nodes stand for') });
      if (name !== undefined) await session.edit({ kind: 'group', nodes, name });
    }),
    ungroup: on((session, { nodes }) => session.edit({ kind: 'ungroup', nodes })),
    renameGroup: on(renameGroup),
    'investigation.notes': on(editNotes),
    openGraph: (uri: unknown) => openGraph(uri),
    openAsText: on(session =>
      vscode.commands.executeCommand('vscode.openWith', vscode.Uri.parse(session.id), 'default', { preview: false }),
    ),
    manageTrust: () => vscode.commands.executeCommand('workbench.trust.manage'),
    startInvestigation: (uri: unknown) => startInvestigation(sessions, unsaved, uri),
    exportNeuronpedia: on(exportNeuronpedia),
  };
}

async function renameGroup(session: Session, { group }: Targets): Promise<void> {
  const supernodes = session.investigation?.supernodes ?? [];
  const items = supernodes.map(({ id, name, members }) => ({
    label: plainLabel(name),
    description: `${members.length}`,
    id,
    name,
  }));
  const title = vscode.l10n.t('Rename Supernode');
  const chosen = items.find(({ id }) => id === group) ?? (await vscode.window.showQuickPick(items, { title }));
  if (chosen === undefined) return;
  const name = await vscode.window.showInputBox({ title, value: chosen.name });
  if (name !== undefined && name !== '') await session.edit({ kind: 'rename-group', id: chosen.id, name });
}

async function editNotes(session: Session): Promise<void> {
  const title = vscode.l10n.t('Notes of Investigation');
  // Line breaks are kept, written as \n: an input box has one line.
  const value = (session.investigation?.notes ?? '').replaceAll('\n', String.raw`\n`);
  const text = await vscode.window.showInputBox({ title, value, prompt: vscode.l10n.t('A line break is written \\n') });
  if (text !== undefined) await session.edit({ kind: 'notes', text: text.replaceAll(String.raw`\n`, '\n') });
}

async function openGraph(given: unknown): Promise<void> {
  const [uri] =
    given instanceof vscode.Uri
      ? [given]
      : ((await vscode.window.showOpenDialog({
          title: vscode.l10n.t('Open Graph File'),
          filters: { [vscode.l10n.t('Attribution graphs')]: ['json'] },
        })) ?? []);
  if (uri !== undefined)
    await vscode.commands.executeCommand('vscode.openWith', uri, 'circuit.graph', { preview: false });
}

/** An investigation of the active graph, or of the file that a menu was opened on; not saved yet. */
async function startInvestigation(
  sessions: OpenSessions,
  unsaved: UnsavedInvestigations,
  given: unknown,
): Promise<void> {
  const session = given instanceof vscode.Uri ? sessions.find(given.toString()) : sessions.active;
  await session?.settled;
  const file = session?.graphFile;
  if (session === undefined || file === undefined) return;
  const { graph } = session;
  const reference = { file: basename(file.path), sha256: file.sha256 };
  const name = basename(file.path).replace(/(\.graph)?\.json$/, '') || slugOf(graph.metadata.prompt);
  await unsaved.create(investigationOfGraph(graph, reference), file.path, name);
}

async function exportNeuronpedia(session: Session): Promise<void> {
  const stem = session.title.replace(/(\.circuit|\.graph)?\.json$/, '');
  const target = await vscode.window.showSaveDialog({
    title: vscode.l10n.t('Export for Neuronpedia'),
    defaultUri: vscode.Uri.file(join(defaultFolder(session), `${stem}.neuronpedia.json`)),
  });
  if (target === undefined) return;
  const { graph, investigation } = session;
  await writeGraph(target.fsPath, investigation === null ? graph : ontoGraph(graph, investigation));
  void vscode.window.showInformationMessage(vscode.l10n.t('Exported to {0}.', target.fsPath));
}
