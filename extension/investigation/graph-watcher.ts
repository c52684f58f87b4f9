import { basename, dirname } from 'node:path';
import * as vscode from 'vscode';
import type { Log } from './engine.ts';
import type { Session } from './session.ts';

/** A file that is being written changes many times. */
const QUIET_MS = 300;

/** Reads the graph anew when its file appears, changes or goes, until disposed of. */
export function watchGraph(session: Session, log: Log): vscode.Disposable {
  let watched: string | undefined;
  let watcher: vscode.Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;

  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      log.info(`${session.title}: the graph's file changed.`);
      void session.reloadGraph();
    }, QUIET_MS);
  };
  const follow = (): void => {
    const path = session.graphFile?.path ?? session.expectedGraphFile;
    if (path === watched) return;
    watcher?.dispose();
    watched = path;
    watcher = path === undefined ? undefined : watchFile(path, changed);
  };
  const stop = session.changes.on(change => {
    if (change === 'graph') follow();
  });
  follow();
  return new vscode.Disposable(() => {
    clearTimeout(timer);
    watcher?.dispose();
    stop();
  });
}

function watchFile(path: string, changed: () => void): vscode.Disposable {
  // A pattern relative to a folder outside of the workspace works too, without looking into its subfolders.
  const pattern = new vscode.RelativePattern(vscode.Uri.file(dirname(path)), globOf(basename(path)));
  const watcher = vscode.workspace.createFileSystemWatcher(pattern);
  return vscode.Disposable.from(
    watcher,
    watcher.onDidChange(changed),
    watcher.onDidCreate(changed),
    watcher.onDidDelete(changed),
  );
}

/** A file name as a pattern that means only it. */
export function globOf(name: string): string {
  return name.replaceAll(/[*?[\]{}]/g, '[$&]');
}
