import * as vscode from 'vscode';
import { plainMessage } from '../common/plain-message.ts';
import { isInvestigation, nameOf } from '../investigation/document-text.ts';

/** Of a text's beginning, which is looked at. */
const BEGINNING = 20_000;

/**
 * Where a graph of another tool, which may have any name, is opened or dropped as text, its graph is offered; once for a
 * file. The reading and drawing is the graph editor's.
 */
export function offerGraphs(): vscode.Disposable {
  const offered = new Set<string>();
  const offer = async (editor: vscode.TextEditor | undefined): Promise<void> => {
    if (editor === undefined || !mayBeGraph(editor.document)) return;
    const { uri } = editor.document;
    if (offered.has(uri.toString())) return;
    offered.add(uri.toString());
    const open = vscode.l10n.t('Open Graph');
    const message = vscode.l10n.t('{0} is an attribution graph.', nameOf(uri));
    const answer = await vscode.window.showInformationMessage(plainMessage(message), open);
    if (answer === open) await vscode.commands.executeCommand('vscode.openWith', uri, 'circuit.graph');
  };
  void offer(vscode.window.activeTextEditor);
  return vscode.window.onDidChangeActiveTextEditor(editor => void offer(editor));
}

/** By what the files of circuit-tracer and Neuronpedia begin with. A text beyond 50 MB is none that this program sees. */
function mayBeGraph(document: vscode.TextDocument): boolean {
  if (document.languageId !== 'json' || document.uri.scheme !== 'file' || isInvestigation(document.uri)) return false;
  const text = document.getText(new vscode.Range(document.positionAt(0), document.positionAt(BEGINNING)));
  return ['metadata', 'slug', 'prompt_tokens'].every(key => text.includes(`"${key}"`));
}
