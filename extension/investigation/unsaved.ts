import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as vscode from 'vscode';
import { withoutUndefined } from '../../src/graph/investigation/order.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';
import { slugOf } from '../../src/graph/slug.ts';

export interface UnsavedOptions {
  /** Where it is saved if nothing else is chosen; default: beside the traced text, else in the workspace. */
  readonly folder?: string;
  readonly name?: string;
  readonly column?: vscode.ViewColumn;
}

/** Opens the investigation in a file of the extension's folder as one that was never saved. Gives its address. */
export async function openUnsavedFile(file: string, column: vscode.ViewColumn): Promise<vscode.Uri> {
  const { investigation } = parseInvestigation(await readFile(file, 'utf8'), file);
  const { source } = investigation;
  const text = source && resolve(dirname(file), source.file);
  if (text === undefined) return openUnsaved(investigation, { column });
  const folder = isInWorkspace(text) ? dirname(text) : workspaceFolder();
  const moved = withoutUndefined<Investigation>({
    ...investigation,
    source: folder === undefined ? undefined : sourceFrom(folder, text, source?.start ?? 0),
  });
  return openUnsaved(moved, { column, ...(folder === undefined ? {} : { folder }) });
}

/**
 * Opens an investigation as a document that was never saved: it is marked as changed, closing it asks, it survives a
 * reload, and saving writes it to the folder (or asks where, without one).
 */
export async function openUnsaved(investigation: Investigation, options: UnsavedOptions = {}): Promise<vscode.Uri> {
  const { column = vscode.ViewColumn.Active, folder = workspaceFolder() } = options;
  const uri = freeAddress(folder, options.name ?? slugOf(investigation.prompt));
  const document = await vscode.workspace.openTextDocument(uri);
  const edit = new vscode.WorkspaceEdit();
  const whole = new vscode.Range(0, 0, document.lineCount, 0);
  edit.replace(document.uri, whole, writeInvestigation(investigation));
  await vscode.workspace.applyEdit(edit);
  await vscode.commands.executeCommand('vscode.openWith', document.uri, 'circuit.investigation', {
    viewColumn: column,
    preview: false,
  });
  return document.uri;
}

/** An address that no file and no open document has. */
function freeAddress(folder: string | undefined, name: string): vscode.Uri {
  const open = new Set(vscode.workspace.textDocuments.map(({ uri }) => uri.toString()));
  for (let serial = 1; ; serial++) {
    const file = `${serial === 1 ? name : `${name}-${serial}`}.circuit.json`;
    const uri =
      folder === undefined
        ? vscode.Uri.from({ scheme: 'untitled', path: file })
        : vscode.Uri.file(join(folder, file)).with({ scheme: 'untitled' });
    if (!open.has(uri.toString()) && (folder === undefined || !existsSync(join(folder, file)))) return uri;
  }
}

function workspaceFolder(): string | undefined {
  return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath;
}

function isInWorkspace(path: string): boolean {
  return vscode.workspace.getWorkspaceFolder(vscode.Uri.file(path)) !== undefined;
}

/** Undefined for a text on another drive, to which no relative path leads. */
function sourceFrom(folder: string, text: string, start: number): Investigation['source'] {
  const path = relative(folder, text);
  return isAbsolute(path) ? undefined : { file: path.split(sep).join('/'), start };
}
