import * as vscode from 'vscode';
import { GRAPH_TEXTS } from '../../webview/graph/texts.ts';
import { pageTexts } from '../common/page-texts.ts';
import { pageHtml } from './panel-html.ts';
import { PanelHost, type PanelServices, type PanelWindow } from './panel.ts';
import type { OpenSessions } from './open-sessions.ts';
import type { PanelPort, Session } from './session.ts';

/** What every graph panel needs. */
export interface PanelParts {
  readonly services: PanelServices & { readonly extensionFolder: string };
  readonly sessions: OpenSessions;
  readonly window: PanelWindow;
}

/** Fills a webview with the graph's page and connects it to its session until it is closed. */
export function showSession(panel: vscode.WebviewPanel, session: Session, parts: PanelParts): vscode.Disposable {
  const { services, sessions, window } = parts;
  const folder = vscode.Uri.file(services.extensionFolder);
  const { webview } = panel;
  webview.options = {
    enableScripts: true,
    localResourceRoots: [vscode.Uri.joinPath(folder, 'dist', 'webview'), vscode.Uri.joinPath(folder, 'media')],
  };
  const port: PanelPort = { post: message => void webview.postMessage(message) };
  const host = new PanelHost(session, port, services, window);
  const detach = session.attach(port);
  const disposables = [
    webview.onDidReceiveMessage((message: unknown) => void host.receive(message)),
    panel.onDidChangeViewState(() => {
      if (panel.active) sessions.activate(session);
    }),
  ];
  const file = (name: string): string =>
    webview.asWebviewUri(vscode.Uri.joinPath(folder, 'dist', 'webview', name)).toString();
  webview.html = pageHtml({
    title: session.title,
    script: file('graph.js'),
    style: file('graph.css'),
    cspSource: webview.cspSource,
    language: vscode.env.language,
    texts: pageTexts(GRAPH_TEXTS),
  });
  if (panel.active) sessions.activate(session);
  return new vscode.Disposable(() => {
    detach();
    host.dispose();
    for (const disposable of disposables) disposable.dispose();
  });
}
