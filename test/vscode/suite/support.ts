import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';

export const EXTENSION = 'circuit-explorer.circuit-explorer';
export const DALLAS = 'Fact: the capital of the state containing Dallas is';

/** The folder that the tests may write to. */
export function workspaceFolder(): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  if (folder === undefined) throw new Error('the tests run in a folder');
  return folder.uri;
}

/** Waits until `look` gives something. */
export async function until<Found>(
  what: string,
  look: () => Found | undefined | Promise<Found | undefined>,
  seconds = 60,
): Promise<Found> {
  for (const end = Date.now() + 1000 * seconds; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

export async function closeAll(): Promise<void> {
  for (const group of vscode.window.tabGroups.all) {
    for (const tab of group.tabs) {
      if (!tab.isDirty) continue;
      if (tab.input instanceof vscode.TabInputCustom) {
        await vscode.commands.executeCommand('vscode.openWith', tab.input.uri, tab.input.viewType);
        await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
      }
    }
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** The open editors of a kind, by their documents. */
export function customEditors(viewType: string): vscode.Uri[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .flatMap(({ input }) => (input instanceof vscode.TabInputCustom && input.viewType === viewType ? [input.uri] : []));
}

export function textOf(uri: vscode.Uri): string | undefined {
  return vscode.workspace.textDocuments.find(document => document.uri.toString() === uri.toString())?.getText();
}

/** Shows the prompts with the cursor in the lines given. */
export async function showPrompts(...lines: readonly number[]): Promise<vscode.TextEditor> {
  const uri = vscode.Uri.joinPath(workspaceFolder(), 'prompts.txt');
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri), {
    viewColumn: vscode.ViewColumn.One,
  });
  editor.selections = lines.map(line => new vscode.Selection(line, 3, line, 3));
  return editor;
}

/** Process ids of the engine that the extension host has started. */
export function engineProcesses(): number[] {
  const list = execFileSync('ps', ['-eo', 'pid=,ppid=,args='], { encoding: 'utf8' });
  return list
    .split('\n')
    .map(line => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter(match => match !== null && Number(match[2]) === process.pid && match[3].includes('engine.js'))
    .map(match => Number(match![1]));
}
