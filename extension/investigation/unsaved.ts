import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import * as vscode from 'vscode';
import { writeFileAtomically } from '../../src/checkpoint/atomic-file.ts';
import { CircuitError } from '../../src/errors.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../src/graph/investigation/write.ts';
import { failureOf } from '../common/failure.ts';
import { isInvestigation, nameOf } from './document-text.ts';
import type { GraphLibrary } from './graph-library.ts';
import { moveInvestigation } from './move-investigation.ts';
import { showFailure } from './panel-window.ts';
import type { Log } from './engine.ts';

/**
 * Investigations that were never saved: files in the extension's own folder, so that they survive reloads and crashes.
 * They are marked in the editor; saving one by hand asks where it belongs and moves it there with its graph.
 */
export class UnsavedInvestigations implements vscode.FileDecorationProvider {
  readonly folder: string;
  readonly #library: GraphLibrary;
  readonly #log: Log;
  readonly #byHand = new Set<string>();

  constructor(folder: string, library: GraphLibrary, log: Log) {
    this.folder = folder;
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
      }),
    );
  }

  holds(uri: vscode.Uri): boolean {
    return uri.scheme === 'file' && uri.fsPath.startsWith(join(this.folder, sep));
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
    const file = await freeFile(this.folder, name);
    const graph = { ...investigation.graph, file: slashed(relative(this.folder, graphFile)) };
    // On another drive no relative path leads to the graph.
    if (isAbsolute(graph.file)) graph.file = basename(graphFile);
    await writeFileAtomically(file, [writeInvestigation({ ...investigation, graph })]);
    const uri = vscode.Uri.file(file);
    await openInvestigation(uri);
    return uri;
  }

  async #saveElsewhere(document: vscode.TextDocument): Promise<void> {
    const { investigation } = parseInvestigation(document.getText(), nameOf(document.uri));
    // No filter: dialogs take the last part of a name for its type, and would add another ".circuit.json".
    const chosen = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Save Investigation'),
      defaultUri: vscode.Uri.file(join(this.#placeFor(investigation), nameOf(document.uri))),
    });
    if (chosen === undefined) return;
    try {
      const target = withEnding(chosen);
      const from = document.uri.fsPath;
      await moveInvestigation(this.#library, document.getText(), from, target.fsPath);
      this.#log.info(`${nameOf(document.uri)} is saved as ${target.fsPath}.`);
      await replaceTabs(document.uri, target);
      await this.#forget(from, investigation);
    } catch (error) {
      const { message, remedy } = failureOf(error);
      void showFailure(message, `${remedy} ${vscode.l10n.t('Nothing is lost: the investigation is kept.')}`, this.#log);
    }
  }

  /** The folder of the traced text, else the workspace's. */
  #placeFor({ source }: Investigation): string {
    const text = source && resolve(this.folder, source.file);
    const isInWorkspace =
      text !== undefined && vscode.workspace.getWorkspaceFolder(vscode.Uri.file(text)) !== undefined;
    if (isInWorkspace) return dirname(text);
    return vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file')?.uri.fsPath ?? '';
  }

  async #forget(file: string, { graph }: Investigation): Promise<void> {
    await rm(file, { force: true });
    const graphFile = resolve(this.folder, graph.file);
    if (dirname(graphFile) === this.folder) await rm(graphFile, { force: true });
  }
}

export async function openInvestigation(uri: vscode.Uri, column = vscode.ViewColumn.Active): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', uri, 'circuit.investigation', {
    viewColumn: column,
    preview: false,
  });
}

/** Opens `to` where `from` was shown, and closes that. */
async function replaceTabs(from: vscode.Uri, to: vscode.Uri): Promise<void> {
  const tabs = vscode.window.tabGroups.all
    .flatMap(group => group.tabs)
    .filter(({ input }) => {
      const isEditor = input instanceof vscode.TabInputCustom || input instanceof vscode.TabInputText;
      return isEditor && input.uri.toString() === from.toString();
    });
  await openInvestigation(to, tabs[0]?.group.viewColumn);
  await vscode.window.tabGroups.close(tabs, true);
}

/** The chosen address as one that the editor of investigations opens. Errors: `file-write` if that is another, existing file. */
function withEnding(chosen: vscode.Uri): vscode.Uri {
  if (isInvestigation(chosen)) return chosen;
  const target = chosen.with({ path: `${chosen.path.replace(/\.json$/, '')}.circuit.json` });
  if (!existsSync(target.fsPath)) return target;
  throw new CircuitError('file-write', `${target.fsPath} exists.`, 'Save again and choose another name.');
}

async function freeFile(folder: string, name: string): Promise<string> {
  await vscode.workspace.fs.createDirectory(vscode.Uri.file(folder));
  const taken = new Set((await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder))).map(([entry]) => entry));
  let file = `${name}.circuit.json`;
  for (let serial = 2; taken.has(file); serial++) file = `${name}-${serial}.circuit.json`;
  return join(folder, file);
}

function slashed(path: string): string {
  return path.split(sep).join('/');
}
