import * as vscode from 'vscode';
import { GraphEditor } from '../graph-editor/graph-editor.ts';
import { GraphLibrary } from './graph-library.ts';
import { InvestigationEditor, type EditorParts } from './investigation-editor.ts';
import { OpenSessions } from './open-sessions.ts';
import { panelWindow } from './panel-window.ts';
import { saveGraphsBeside } from './save-listener.ts';
import type { InvestigationServices } from './services.ts';
import { UnsavedInvestigations } from './unsaved.ts';

/** What the rest of the extension gets of the investigations. */
export interface Investigations {
  readonly sessions: OpenSessions;
  readonly library: GraphLibrary;
  readonly dispose: () => void;
}

/** Registers the two custom editors. Reads nothing until one of them is opened. */
export function registerInvestigations(services: InvestigationServices): Investigations {
  const sessions = new OpenSessions();
  const library = new GraphLibrary(services.graphFolder);
  const unsaved = new UnsavedInvestigations(services.graphFolder, library, services.log);
  const window = panelWindow(services.log);
  const parts: EditorParts = { services, sessions, library, window, labelsElsewhere: () => ({}) };
  const options = { supportsMultipleEditorsPerDocument: true };
  const disposables = [
    saveGraphsBeside(library, unsaved, services.log),
    unsaved.register(),
    vscode.window.registerCustomEditorProvider(InvestigationEditor.viewType, new InvestigationEditor(parts), options),
    vscode.window.registerCustomEditorProvider(GraphEditor.viewType, new GraphEditor(parts), options),
  ];
  return {
    sessions,
    library,
    dispose: () => {
      for (const disposable of disposables) disposable.dispose();
    },
  };
}
