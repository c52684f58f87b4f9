import { dirname } from 'node:path';
import * as vscode from 'vscode';
import type { TextEdit } from '../../src/graph/investigation/text-edits.ts';
import type { EditableText } from './text-source.ts';

/** A document of the editor as text that can be changed: undo, hot exit and saving are the editor's. */
export class DocumentText implements EditableText {
  readonly document: vscode.TextDocument;

  constructor(document: vscode.TextDocument) {
    this.document = document;
  }

  get name(): string {
    return nameOf(this.document.uri);
  }

  read(): string {
    return this.document.getText();
  }

  async apply(edits: readonly TextEdit[]): Promise<boolean> {
    const { document } = this;
    const workspaceEdit = new vscode.WorkspaceEdit();
    for (const { offset, length, text } of edits) {
      const range = new vscode.Range(document.positionAt(offset), document.positionAt(offset + length));
      workspaceEdit.replace(document.uri, range, text);
    }
    return vscode.workspace.applyEdit(workspaceEdit);
  }
}

/** A document's last name. */
export function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** The folder that a file lies in; undefined for what is not on a disk. */
export function folderOf(uri: vscode.Uri): string | undefined {
  return uri.scheme === 'file' ? dirname(uri.fsPath) : undefined;
}

export function isInvestigation(uri: vscode.Uri): boolean {
  return uri.path.endsWith('.circuit.json');
}
