import type * as vscode from 'vscode';
import { nameOf } from '../investigation/document-text.ts';
import { watchGraph } from '../investigation/graph-watcher.ts';
import type { EditorParts } from '../investigation/investigation-editor.ts';
import { Session } from '../investigation/session.ts';
import { showSession } from '../investigation/webview-panel.ts';
import { graphOnDisk } from './graph-on-disk.ts';

/** A graph file, opened on its own. */
class GraphDocument implements vscode.CustomDocument {
  readonly uri: vscode.Uri;
  readonly session: Session;
  readonly #close: () => void;

  constructor(uri: vscode.Uri, session: Session, close: () => void) {
    this.uri = uri;
    this.session = session;
    this.#close = close;
  }

  dispose(): void {
    this.#close();
  }
}

/**
 * The read-only editor of `*.graph.json`, whoever made it and however large: it is no text document, since those end at
 * 50 MB.
 */
export class GraphEditor implements vscode.CustomReadonlyEditorProvider<GraphDocument> {
  static readonly viewType = 'circuit.graph';
  readonly #parts: EditorParts;

  constructor(parts: EditorParts) {
    this.#parts = parts;
  }

  async openCustomDocument(uri: vscode.Uri): Promise<GraphDocument> {
    const { library, services, sessions, labelsElsewhere } = this.#parts;
    const session = new Session({
      id: uri.toString(),
      title: nameOf(uri),
      folder: undefined,
      graphFile: await graphOnDisk(uri, services.graphFolder),
      library,
      services,
      labelsElsewhere: () => labelsElsewhere(uri.toString()),
    });
    const watcher = watchGraph(session, services.log);
    sessions.add(session);
    return new GraphDocument(uri, session, () => {
      watcher.dispose();
      sessions.remove(session);
      session.dispose();
    });
  }

  resolveCustomEditor(document: GraphDocument, panel: vscode.WebviewPanel): void {
    const shown = showSession(panel, document.session, this.#parts);
    panel.onDidDispose(() => {
      shown.dispose();
    });
  }
}
