import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { withoutUndefined } from '../../src/graph/investigation/order.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import { textEdits } from '../../src/graph/investigation/text-edits.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { failureOf } from '../common/failure.ts';
import { isInvestigation, nameOf } from './document-text.ts';
import type { MovedFiles } from './follow-moves.ts';
import type { GraphLibrary } from './graph-library.ts';
import { movedSource } from './move-investigation.ts';
import type { OpenSessions } from './open-sessions.ts';
import { showFailure } from './panel-window.ts';
import { copyGraph, placeGraph } from './save-graph.ts';
import type { Log } from './engine.ts';
import type { UnsavedInvestigations } from './unsaved.ts';

export interface SaveParts {
  readonly library: GraphLibrary;
  readonly sessions: OpenSessions;
  readonly unsaved: UnsavedInvestigations;
  readonly moved: MovedFiles;
  readonly log: Log;
}

/** The editor waits 1.75 s for all who want to change a text before it is saved. */
const PATIENCE_MS = 1200;

/**
 * Puts the graph beside an investigation that is saved elsewhere or was traced anew, before its text is written, and
 * has the text point to it. If that fails, the text is saved as it is and the graph stays where it was.
 */
export function saveGraphsBeside(parts: SaveParts): vscode.Disposable {
  const { unsaved, moved } = parts;
  return vscode.workspace.onWillSaveTextDocument(event => {
    const { document } = event;
    const { uri } = document;
    if (uri.scheme !== 'file' || !isInvestigation(uri) || unsaved.holds(uri) || moved.isMoving(uri.fsPath)) return;
    event.waitUntil(inTime(document, editsFor(document, parts)));
  });
}

/** The edits, or none where a large graph takes longer to copy: then the text is changed and saved once more afterwards. */
async function inTime(
  document: vscode.TextDocument,
  edits: Promise<readonly vscode.TextEdit[]>,
): Promise<readonly vscode.TextEdit[]> {
  const isLate = Symbol('late');
  const first = await Promise.race([edits, wait(PATIENCE_MS, isLate)]);
  if (typeof first !== 'symbol') return first;
  void edits.then(async late => {
    if (late.length === 0 || document.isClosed) return;
    const change = new vscode.WorkspaceEdit();
    change.set(document.uri, [...late]);
    // A text that was changed meanwhile is saved by hand again, which finds the graph beside it.
    if (!document.isDirty && (await vscode.workspace.applyEdit(change))) await document.save();
  });
  return [];
}

async function editsFor(
  document: vscode.TextDocument,
  { library, sessions, log }: SaveParts,
): Promise<vscode.TextEdit[]> {
  try {
    const text = document.getText();
    const { investigation } = parseInvestigation(text, nameOf(document.uri));
    const placement = await placeGraph(library, investigation.graph, document.uri.fsPath);
    if (placement === undefined) return [];
    const { reference, to } = placement;
    await copyGraph(placement);
    library.remember(reference.sha256 ?? '', to);
    log.info(`${nameOf(document.uri)}: its graph is ${to}.`);
    const after = withoutUndefined<Investigation>({
      ...investigation,
      graph: reference,
      source: investigation.source && sourceFromHere(investigation, dirname(document.uri.fsPath), sessions),
    });
    return textEdits(text, after).map(edit => {
      const range = new vscode.Range(document.positionAt(edit.offset), document.positionAt(edit.offset + edit.length));
      return vscode.TextEdit.replace(range, edit.text);
    });
  } catch (error) {
    const { message, remedy } = failureOf(error);
    // A text that cannot be read is saved as it is: its editor says what is wrong.
    if (error instanceof Error && 'code' in error && error.code !== 'file-write') log.warn(message);
    else void showFailure(message, remedy, log);
    return [];
  }
}

/** Where the traced text is seen from the new folder, if the editor that it is saved from is still open. */
function sourceFromHere(
  { prompt, source }: Investigation,
  folder: string,
  sessions: OpenSessions,
): Investigation['source'] {
  const origin = sessions.all.find(
    ({ investigation, folder: other }) =>
      other !== undefined &&
      other !== folder &&
      investigation?.prompt === prompt &&
      investigation.source?.file === source?.file,
  );
  return source === undefined || origin?.folder === undefined ? source : movedSource(source, origin.folder, folder);
}
