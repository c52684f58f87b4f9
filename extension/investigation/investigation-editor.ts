import * as vscode from 'vscode';
import { DocumentText, folderOf, nameOf } from './document-text.ts';
import type { GraphLibrary } from './graph-library.ts';
import { watchGraph } from './graph-watcher.ts';
import type { InvestigationServices } from './services.ts';
import { Session } from './session.ts';
import { showSession, type PanelParts } from './webview-panel.ts';

export interface EditorParts extends PanelParts {
  readonly services: InvestigationServices;
  readonly library: GraphLibrary;
  /** Labels given in other investigations than the one of this address, by "layer/feature". */
  readonly labelsElsewhere: (id: string) => Readonly<Record<string, string>>;
}

/**
 * The editor of `*.circuit.json`. The document is text, so that undo, hot exit, revert, comparing and saving are the
 * editor's own. Several panels of one document share a session.
 */
export class InvestigationEditor implements vscode.CustomTextEditorProvider {
  static readonly viewType = 'circuit.investigation';
  readonly #parts: EditorParts;

  constructor(parts: EditorParts) {
    this.#parts = parts;
  }

  resolveCustomTextEditor(document: vscode.TextDocument, panel: vscode.WebviewPanel): void {
    const { sessions } = this.#parts;
    const id = document.uri.toString();
    const session = sessions.find(id) ?? this.#open(document);
    const shown = showSession(panel, session, this.#parts);
    panel.onDidDispose(() => {
      shown.dispose();
      if (session.panelCount === 0) {
        sessions.remove(session);
        session.dispose();
      }
    });
  }

  #open(document: vscode.TextDocument): Session {
    const { library, services, sessions, labelsElsewhere } = this.#parts;
    const id = document.uri.toString();
    const session = new Session({
      id,
      title: nameOf(document.uri),
      folder: folderOf(document.uri),
      text: new DocumentText(document),
      library,
      services,
      labelsElsewhere: () => labelsElsewhere(id),
    });
    const watcher = watchGraph(session, services.log);
    const listener = vscode.workspace.onDidChangeTextDocument(event => {
      // Also fires without changes when only the dirty state turns.
      if (event.document === document && event.contentChanges.length > 0) void session.textChanged();
    });
    sessions.add(session);
    session.onDispose(() => {
      watcher.dispose();
      listener.dispose();
    });
    return session;
  }
}
