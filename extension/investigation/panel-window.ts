import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { plainMessage } from '../common/plain-message.ts';
import { openDropped, openDroppedContent } from '../graph-editor/open-dropped.ts';
import type { Log } from './engine.ts';
import type { PanelWindow } from './panel.ts';
import type { InvestigationServices } from './services.ts';
import type { Session } from './session.ts';

/** What panels ask of the editor, answered by its dialogs. */
export function panelWindow({ log, graphFolder }: Pick<InvestigationServices, 'log' | 'graphFolder'>): PanelWindow {
  return {
    saveImage,
    openFiles: uris => openDropped(uris.join('\n')),
    openContent: (name, content) => openDroppedContent(name, content, graphFolder),
    run: async command => {
      await vscode.commands.executeCommand(command);
    },
    showFailure: (message, remedy) => void showFailure(message, remedy, log),
  };
}

/** One sentence, what to do next, and the way to the log. */
export async function showFailure(message: string, remedy: string, log: Log): Promise<void> {
  log.error(message);
  const showLog = vscode.l10n.t('Show Log');
  const answer = await vscode.window.showErrorMessage(plainMessage(`${message} ${remedy}`.trim()), showLog);
  if (answer === showLog) await vscode.commands.executeCommand('circuit.showLog');
}

async function saveImage(session: Session, kind: 'svg' | 'png', content: string | Uint8Array): Promise<void> {
  const name = session.title.replace(/(\.circuit|\.graph)?\.json$/, '');
  const target = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(join(defaultFolder(session), `${name}.${kind}`)),
    filters: kind === 'svg' ? { SVG: ['svg'] } : { PNG: ['png'] },
  });
  if (target === undefined) return;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await vscode.workspace.fs.writeFile(target, bytes);
}

/** Where a person would look for what a session gives: beside it, else in the workspace. */
export function defaultFolder(session: Session): string {
  if (session.folder !== undefined) return session.folder;
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return folder?.uri.fsPath ?? dirname(session.graphFile?.path ?? '');
}
