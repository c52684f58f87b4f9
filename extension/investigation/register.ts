import * as vscode from 'vscode';
import { labelsOf } from '../annotations/elsewhere.ts';
import { WorkspaceInvestigations } from '../circuits-tree/workspace-investigations.ts';
import { GraphEditor } from '../graph-editor/graph-editor.ts';
import { offerGraphs } from '../graph-editor/graph-offer.ts';
import { elsewhereOf, registerSidebar } from '../sidebar.ts';
import { investigationCommands } from './commands.ts';
import { MovedFiles } from './follow-moves.ts';
import { GraphLibrary } from './graph-library.ts';
import { InvestigationEditor, type EditorParts } from './investigation-editor.ts';
import { OpenSessions } from './open-sessions.ts';
import type { Move } from './moved-references.ts';
import { globOf } from './graph-watcher.ts';
import { panelWindow } from './panel-window.ts';
import { saveGraphsBeside } from './save-listener.ts';
import type { InvestigationServices } from './services.ts';
import { UnsavedInvestigations } from './unsaved.ts';

/** Each is read to see whether it is the one that is looked for. */
const MOST_OF_A_NAME = 100;

/** What the rest of the extension gets of the investigations. */
export interface Investigations {
  readonly sessions: OpenSessions;
  readonly library: GraphLibrary;
  readonly dispose: () => void;
}

/**
 * Registers the two custom editors, the views of the sidebar, and their commands. Reads nothing until an editor is opened
 * or a view is shown.
 */
export function registerInvestigations(services: InvestigationServices): Investigations {
  const sessions = new OpenSessions();
  const library = new GraphLibrary(services.graphFolder, filesOfName);
  const unsaved = new UnsavedInvestigations(services.graphFolder, library, services.log);
  const investigations = new WorkspaceInvestigations(library, services.graphFolder, services.log);
  const graphMoved = ({ from, to }: Move): void => {
    for (const session of sessions.all) {
      if (session.graphFile?.path === from || session.expectedGraphFile === to) void session.reloadGraph();
    }
  };
  const moved = new MovedFiles(() => investigations.list(), graphMoved, services.log);
  const parts: EditorParts = {
    services,
    sessions,
    library,
    window: panelWindow(services),
    labelsElsewhere: id => {
      const session = sessions.find(id);
      // The first that is opened has the workspace looked through; it is told when that is done.
      void investigations.start();
      return session === undefined ? {} : labelsOf(elsewhereOf(investigations, session));
    },
  };
  const options = { supportsMultipleEditorsPerDocument: true };
  const disposables = [
    investigations,
    new vscode.Disposable(sessions.changed.on(() => void investigations.unsavedChanged())),
    new vscode.Disposable(unsaved.forgotten.on(() => void investigations.unsavedChanged())),
    vscode.workspace.onDidSaveTextDocument(({ uri }) => {
      if (unsaved.holds(uri)) void investigations.unsavedChanged();
    }),
    unsaved.register(),
    moved,
    saveGraphsBeside({ library, sessions, unsaved, moved, log: services.log }),
    vscode.window.registerCustomEditorProvider(InvestigationEditor.viewType, new InvestigationEditor(parts), options),
    vscode.window.registerCustomEditorProvider(GraphEditor.viewType, new GraphEditor(parts), options),
    offerGraphs(),
    registerSidebar({
      services,
      sessions,
      library,
      investigations,
      commands: investigationCommands(sessions, unsaved),
    }),
  ];
  return {
    sessions,
    library,
    dispose: () => {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}

/** Files of the workspace that are called so. */
async function filesOfName(name: string): Promise<string[]> {
  const pattern = `**/${globOf(name)}`;
  const found = await vscode.workspace.findFiles(pattern, '**/{node_modules,.git}/**', MOST_OF_A_NAME);
  return found.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
}
