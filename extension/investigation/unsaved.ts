import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as vscode from 'vscode';
import { CircuitError } from '../../src/errors.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';
import { Emitter } from '../common/emitter.ts';
import { failureOf } from '../common/failure.ts';
import { plainMessage } from '../common/plain-message.ts';
import { InvestigationStorage } from '../storage.ts';
import { isInvestigation, nameOf } from './document-text.ts';
import type { Log } from './engine.ts';
import type { GraphLibrary } from './graph-library.ts';
import { openInvestigation, replaceTabs, tabsOf } from './investigation-tabs.ts';
import { moveInvestigation } from './move-investigation.ts';
import { forgetUnsaved, isSameWork, readableInvestigation } from './unsaved-files.ts';

/**
 * Investigations that were never saved: files in the extension's own folder, so that they survive reloads and crashes.
 * They are marked in the editor; saving one by hand asks where it belongs and moves it there with its graph.
 */
export class UnsavedInvestigations implements vscode.FileDecorationProvider {
  readonly folder: string;
  readonly #storage: InvestigationStorage;
  readonly #library: GraphLibrary;
  readonly #log: Log;
  readonly #byHand = new Set<string>();
  /** Unsaved ones that are open and whose work was saved elsewhere: what their files held then. */
  readonly #savedElsewhere = new Map<string, Promise<string>>();
  /** One is not kept any more. */
  readonly forgotten = new Emitter<undefined>();

  constructor(folder: string, library: GraphLibrary, log: Log) {
    this.folder = folder;
    this.#storage = new InvestigationStorage(folder);
    this.#library = library;
    this.#log = log;
  }

  /** Registers the mark and what saving does. */
  register(): vscode.Disposable {
    return vscode.Disposable.from(
      vscode.window.registerFileDecorationProvider(this),
      vscode.workspace.onWillSaveTextDocument(({ document, reason }) => {
        const isByHand = reason === vscode.TextDocumentSaveReason.Manual && this.holds(document.uri);
        if (isByHand) this.#byHand.add(document.uri.toString());
      }),
      vscode.workspace.onDidSaveTextDocument(document => {
        if (this.#byHand.delete(document.uri.toString())) void this.#saveElsewhere(document);
        this.#noteSaved(document);
      }),
      vscode.window.tabGroups.onDidChangeTabs(({ closed }) => {
        for (const { input } of closed) if (input instanceof vscode.TabInputCustom) void this.#closed(input.uri);
      }),
    );
  }

  holds(uri: vscode.Uri): boolean {
    return uri.scheme === 'file' && this.#storage.holds(uri.fsPath);
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (!this.holds(uri)) return undefined;
    return new vscode.FileDecoration(
      'U',
      vscode.l10n.t('Not saved in a folder of yours yet'),
      new vscode.ThemeColor('gitDecoration.untrackedResourceForeground'),
    );
  }

  /** Writes and opens a new one; gives its address. `graphFile`: the absolute path of its graph, wherever it lies. */
  async create(investigation: Investigation, graphFile: string, name: string): Promise<vscode.Uri> {
    const graph = { ...investigation.graph, file: slashed(relative(this.folder, graphFile)) };
    // On another drive no relative path leads to the graph.
    if (isAbsolute(graph.file)) graph.file = basename(graphFile);
    const file = await this.#storage.add(name, writeInvestigation({ ...investigation, graph }));
    const uri = vscode.Uri.file(file);
    await openInvestigation(uri);
    return uri;
  }

  /** Asks where, and moves it there; after a failure it can be asked again. */
  async #saveElsewhere(document: vscode.TextDocument): Promise<void> {
    const title = vscode.l10n.t('Save Investigation');
    for (;;) {
      const folder = this.#placeFor(readableInvestigation(document.getText()));
      // No filter: dialogs take the last part of a name for its type, and would add another ".circuit.json".
      const defaultUri = vscode.Uri.file(join(folder, nameOf(document.uri)));
      const chosen = await vscode.window.showSaveDialog({ title, defaultUri });
      if (chosen === undefined) return;
      try {
        const target = withEnding(chosen);
        // What was typed while the dialog was open goes along.
        await moveInvestigation(this.#library, document.getText(), document.uri.fsPath, target.fsPath);
        this.#log.info(`${nameOf(document.uri)} is saved as ${target.fsPath}.`);
        await replaceTabs(document.uri, target);
        await forgetUnsaved(document.uri.fsPath);
        return;
      } catch (error) {
        const { message, remedy } = failureOf(error);
        const said = `${remedy} ${vscode.l10n.t('Nothing is lost: the investigation is kept.')}`;
        if (!(await offerRetry(message, said, this.#log))) return;
      }
    }
  }

  /** The folder of the traced text, else the workspace's. */
  #placeFor(investigation: Investigation | undefined): string {
    const source = investigation?.source;
    const text = source && resolve(this.folder, source.file);
    const isInWorkspace =
      text !== undefined && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(text)) !== undefined;
    if (isInWorkspace) return dirname(text);
    return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? '';
  }

  /** The editor's own Save As wrote a document: the unsaved one that it was written from goes when its tab is closed. */
  #noteSaved(document: vscode.TextDocument): void {
    if (this.holds(document.uri) || !isInvestigation(document.uri)) return;
    const saved = readableInvestigation(document.getText());
    if (saved === undefined) return;
    for (const other of vscode.workspace.textDocuments) {
      if (!this.holds(other.uri) || !isInvestigation(other.uri)) continue;
      const open = readableInvestigation(other.getText());
      // Compared as a whole, so that nothing is lost.
      if (open === undefined || !isSameWork(open, saved)) continue;
      // Its tab may be closed before the file was read.
      this.#savedElsewhere.set(other.uri.toString(), textOf(other.uri));
    }
  }

  /** What was written to it after it was saved elsewhere keeps it. */
  async #closed(uri: vscode.Uri): Promise<void> {
    const text = this.#savedElsewhere.get(uri.toString());
    if (text === undefined || tabsOf(uri).length > 0) return;
    this.#savedElsewhere.delete(uri.toString());
    if ((await textOf(uri)) !== (await text)) return;
    await forgetUnsaved(uri.fsPath);
    this.forgotten.fire(undefined);
    this.#log.info(`${nameOf(uri)} was saved elsewhere and closed: it is not kept as unsaved any more.`);
  }
}

async function textOf(uri: vscode.Uri): Promise<string> {
  return readFile(uri.fsPath, 'utf8').catch(() => '');
}

/** One sentence and what to do; true to try again. */
async function offerRetry(message: string, remedy: string, log: Log): Promise<boolean> {
  log.error(message);
  const [retry, showLog] = [vscode.l10n.t('Retry'), vscode.l10n.t('Show Log')];
  const answer = await vscode.window.showErrorMessage(plainMessage(`${message} ${remedy}`), retry, showLog);
  if (answer === showLog) await vscode.commands.executeCommand('circuit.showLog');
  return answer === retry;
}

/** The chosen address as one that the editor of investigations opens. Errors: `file-write` if that is another, existing file. */
function withEnding(chosen: vscode.Uri): vscode.Uri {
  if (isInvestigation(chosen)) return chosen;
  const target = chosen.with({ path: `${chosen.path.replace(/\.json$/, '')}.circuit.json` });
  if (!existsSync(target.fsPath)) return target;
  throw new CircuitError(
    'file-write',
    vscode.l10n.t('{0} exists.', target.fsPath),
    vscode.l10n.t('Save again and choose another name.'),
  );
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
