import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import * as vscode from 'vscode';
import { textEdits } from '../../src/graph/investigation/text-edits.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { failureOf } from '../common/failure.ts';
import type { Log } from './engine.ts';
import { afterMoves, graphAlong, placeAfter, type Move } from './moved-references.ts';
import { copyGraph } from './save-graph.ts';
import { readableInvestigation } from './unsaved-files.ts';

interface Listed {
  readonly uri: vscode.Uri;
  readonly investigation: Investigation | undefined;
}

interface Known {
  readonly file: string;
  readonly investigation: Investigation;
}

/** Files that somebody else keeps from being moved are given up after so long. */
const LONGEST_MOVE_MS = 60_000;

/**
 * Keeps investigations and what they refer to together when files are renamed or moved in the editor: the graph goes along
 * with its investigation into another folder, and investigations point to where their graphs and texts are.
 */
export class MovedFiles implements vscode.Disposable {
  readonly #list: () => Promise<readonly Listed[]>;
  readonly #graphMoved: (move: Move) => void;
  readonly #log: Log;
  readonly #listeners: vscode.Disposable;
  /** Graphs to be moved when their investigations have been, by the investigations' old places. */
  readonly #along = new Map<string, Move>();
  /** Investigations that point to where things will be, and since when. */
  readonly #changed = new Map<string, number>();

  /** `graphMoved` is called for each graph that went along. */
  constructor(list: () => Promise<readonly Listed[]>, graphMoved: (move: Move) => void, log: Log) {
    this.#list = list;
    this.#graphMoved = graphMoved;
    this.#log = log;
    this.#listeners = vscode.Disposable.from(
      vscode.workspace.onWillRenameFiles(event => {
        const moves = movesOf(event.files);
        if (moves.length > 0) event.waitUntil(this.#changesFor(moves));
      }),
      vscode.workspace.onDidRenameFiles(({ files }) => this.#moved(movesOf(files))),
    );
  }

  /** True while the references of the investigation at `path` are ahead of what is on the disk: they are right as they are. */
  isMoving(path: string): boolean {
    const since = this.#changed.get(path);
    return since !== undefined && Date.now() - since < LONGEST_MOVE_MS;
  }

  dispose(): void {
    this.#listeners.dispose();
  }

  async #changesFor(moves: readonly Move[]): Promise<vscode.WorkspaceEdit> {
    const change = new vscode.WorkspaceEdit();
    try {
      const known = await this.#known(moves);
      const along: Move[] = [];
      for (const { file, investigation } of known) {
        const move = graphAlong(file, investigation, moves, graph =>
          known.some(other => other.file !== file && graphOf(other) === graph),
        );
        if (move === undefined || !existsSync(move.from) || existsSync(move.to)) continue;
        along.push(move);
        this.#along.set(file, move);
      }
      for (const { file, investigation } of known) {
        const after = afterMoves(file, investigation, [...moves, ...along]);
        if (after === investigation) continue;
        this.#changed.set(file, Date.now());
        await addEdits(change, vscode.Uri.file(file), after);
      }
    } catch (error) {
      this.#log.warn(failureOf(error).message);
    }
    return change;
  }

  /** The investigations of the workspace, and those that are moved: one may be too new to be listed. */
  async #known(moves: readonly Move[]): Promise<Known[]> {
    const listed = (await this.#list()).flatMap(({ uri, investigation }) =>
      investigation === undefined || uri.scheme !== 'file' ? [] : [{ file: uri.fsPath, investigation }],
    );
    const names = new Set(listed.map(({ file }) => file));
    const others = moves.map(({ from }) => from).filter(file => file.endsWith('.circuit.json') && !names.has(file));
    const read = await Promise.all(
      others.map(async file => {
        const investigation = readableInvestigation(await readFile(file, 'utf8').catch(() => ''));
        return investigation === undefined ? [] : [{ file, investigation }];
      }),
    );
    return [...listed, ...read.flat()];
  }

  #moved(moves: readonly Move[]): void {
    this.#changed.clear();
    for (const [file, along] of this.#along) {
      if (placeAfter(file, moves) === file) continue;
      this.#along.delete(file);
      moveFile(along).then(
        () => this.#graphMoved(along),
        (error: unknown) => this.#log.warn(failureOf(error).message),
      );
    }
  }
}

function movesOf(files: readonly { readonly oldUri: vscode.Uri; readonly newUri: vscode.Uri }[]): Move[] {
  return files
    .filter(({ oldUri, newUri }) => oldUri.scheme === 'file' && newUri.scheme === 'file')
    .map(({ oldUri, newUri }) => ({ from: oldUri.fsPath, to: newUri.fsPath }));
}

async function moveFile({ from, to }: Move): Promise<void> {
  await mkdir(dirname(to), { recursive: true });
  try {
    await rename(from, to);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EXDEV')) throw error;
    // On another disk.
    await copyGraph({ reference: { file: to }, from, to });
    await rm(from);
  }
}

/** Only the references change: what else the open text says stays. */
async function addEdits(
  change: vscode.WorkspaceEdit,
  uri: vscode.Uri,
  { graph, source }: Investigation,
): Promise<void> {
  const document = await vscode.workspace.openTextDocument(uri);
  const text = document.getText();
  const current = readableInvestigation(text);
  if (current === undefined) return;
  const after = { ...current, graph, ...(source === undefined ? {} : { source }) };
  for (const { offset, length, text: inserted } of textEdits(text, after)) {
    change.replace(uri, new vscode.Range(document.positionAt(offset), document.positionAt(offset + length)), inserted);
  }
}

function graphOf({ file, investigation }: Known): string {
  return resolve(dirname(file), investigation.graph.file);
}
