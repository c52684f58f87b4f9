import { resolve } from 'node:path';
import * as vscode from 'vscode';
import type { PromptToken } from '../../src/engine/protocol.ts';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import type { Session } from '../investigation/session.ts';
import { promptTokens } from '../investigation/snapshot.ts';
import type { SelectedPrompt } from '../trace/prompt-selection.ts';
import { strongestNodes } from './strongest-nodes.ts';
import { findPrompt, positionAt, tokenRange, type PlaceRange } from './traced-texts.ts';

/** A prompt of an open investigation as it stands in a document. */
interface Traced {
  readonly session: Session;
  readonly prompt: SelectedPrompt;
  readonly tokens: readonly PromptToken[];
}

/**
 * The link between the graphs and the texts that they were traced from: the position that is pointed at or selected in a
 * graph is marked in the text, the cursor's token is shown in the graph, and hovering over the text says what is active.
 */
export class TextLink implements vscode.Disposable, vscode.HoverProvider {
  readonly #sessions: OpenSessions;
  readonly #pointed: vscode.TextEditorDecorationType;
  readonly #selected: vscode.TextEditorDecorationType;
  readonly #subscriptions: readonly { dispose(): unknown }[];
  readonly #listening = new Map<Session, () => void>();
  /** Sources that the files cannot name, as texts that were never saved: by the investigation's address. */
  readonly #noted = new Map<string, { readonly document: string; readonly start: vscode.Position }>();
  readonly #shown = new Map<Session, number | null>();
  /** Where a prompt was found last, by its document's address: from there on it is followed. */
  readonly #found = new WeakMap<Session, Map<string, vscode.Position>>();

  constructor(sessions: OpenSessions) {
    this.#sessions = sessions;
    this.#pointed = vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor('editor.findMatchBackground'),
      overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.findMatchForeground'),
      borderRadius: '2px',
    });
    this.#selected = vscode.window.createTextEditorDecorationType({
      backgroundColor: new vscode.ThemeColor('editor.findMatchHighlightBackground'),
      borderRadius: '2px',
    });
    this.#subscriptions = [
      this.#pointed,
      this.#selected,
      new vscode.Disposable(sessions.changed.on(session => this.#listen(session))),
      vscode.window.onDidChangeTextEditorSelection(({ textEditor }) => this.#showCursor(textEditor)),
      vscode.window.onDidChangeVisibleTextEditors(() => this.#decorateAll()),
      vscode.workspace.onDidChangeTextDocument(({ document }) => void this.#tracedIn(document)),
      vscode.languages.registerHoverProvider('*', this),
    ];
  }

  /** Notes where the prompt of a new investigation stands. */
  noteSource(investigation: vscode.Uri, document: vscode.Uri, { line, character }: SelectedPrompt['start']): void {
    const start = new vscode.Position(line, character);
    this.#noted.set(investigation.toString(), { document: document.toString(), start });
  }

  provideHover(document: vscode.TextDocument, position: vscode.Position): vscode.Hover | undefined {
    for (const traced of this.#tracedIn(document)) {
      const column = positionAt(traced.prompt, traced.tokens, position);
      if (column === null) continue;
      const range = tokenRange(traced.prompt, traced.tokens[column]);
      return new vscode.Hover(this.#description(traced, column), range && rangeOf(range));
    }
    return undefined;
  }

  dispose(): void {
    for (const stop of this.#listening.values()) stop();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #listen(session: Session): void {
    const isOpen = this.#sessions.find(session.id) === session;
    if (isOpen === this.#listening.has(session)) return;
    if (isOpen) {
      this.#listening.set(
        session,
        session.changes.on(change => {
          if (change !== 'facts') this.#decorateAll();
        }),
      );
    } else {
      this.#listening.get(session)?.();
      this.#listening.delete(session);
      this.#shown.delete(session);
      this.#decorateAll();
    }
  }

  #tracedIn(document: vscode.TextDocument): Traced[] {
    return this.#sessions.all.flatMap(session => {
      const start = this.#found.get(session)?.get(document.uri.toString()) ?? this.#startIn(document, session);
      const prompt = start && findPrompt(document, session.investigation?.prompt ?? '', start);
      if (prompt === undefined) return [];
      this.#noteFound(session, document, new vscode.Position(prompt.start.line, prompt.start.character));
      return { session, prompt, tokens: promptTokens(session.graph) };
    });
  }

  #noteFound(session: Session, document: vscode.TextDocument, start: vscode.Position): void {
    const places = this.#found.get(session) ?? new Map<string, vscode.Position>();
    this.#found.set(session, places.set(document.uri.toString(), start));
  }

  /** Where the session's prompt was in this document; undefined if it comes from elsewhere. */
  #startIn(document: vscode.TextDocument, session: Session): vscode.Position | undefined {
    const noted = this.#noted.get(session.id);
    if (noted !== undefined && noted.document === document.uri.toString()) return noted.start;
    const source = session.investigation?.source;
    if (source === undefined || session.folder === undefined || document.uri.scheme !== 'file') return undefined;
    const isSource = resolve(session.folder, source.file) === document.uri.fsPath;
    return isSource ? document.positionAt(source.start) : undefined;
  }

  #showCursor(editor: vscode.TextEditor): void {
    for (const { session, prompt, tokens } of this.#tracedIn(editor.document)) {
      const position = positionAt(prompt, tokens, editor.selection.active);
      if ((this.#shown.get(session) ?? null) === position) continue;
      this.#shown.set(session, position);
      session.showPosition(position);
    }
  }

  #decorateAll(): void {
    for (const editor of vscode.window.visibleTextEditors) {
      const traced = this.#tracedIn(editor.document);
      const ranges = (positions: (session: Session) => readonly number[]): vscode.Range[] =>
        traced.flatMap(({ session, prompt, tokens }) =>
          positions(session).flatMap(position => {
            const range = tokenRange(prompt, tokens[position]);
            return range === undefined ? [] : rangeOf(range);
          }),
        );
      editor.setDecorations(
        this.#pointed,
        ranges(({ pointed }) => (pointed === null ? [] : [pointed])),
      );
      editor.setDecorations(this.#selected, ranges(selectedPositions));
    }
  }

  #description({ session, tokens }: Traced, column: number): vscode.MarkdownString {
    const text = new vscode.MarkdownString();
    const features = strongestNodes(session.graph, session.investigation?.annotations ?? [], column);
    text.appendMarkdown(`**${vscode.l10n.t('Circuit Explorer')}** · `);
    text.appendText(vscode.l10n.t('token {0}, {1}', column, JSON.stringify(tokens[column].text)));
    if (features.length === 0) text.appendText(`\n\n${vscode.l10n.t('No feature of this token is in the graph.')}`);
    for (const { name, layer, feature, activation } of features) {
      text.appendMarkdown('\n- ');
      const number = feature === undefined ? '' : ` (${layer}/${feature})`;
      const strength =
        activation === undefined ? '' : `, ${vscode.l10n.t('activation {0}', activation.toPrecision(3))}`;
      text.appendText(`${name}${name === `${layer}/${feature ?? ''}` ? '' : number}${strength}`);
    }
    return text;
  }
}

function selectedPositions({ selected, graph }: Session): number[] {
  if (selected.length === 0) return [];
  const wanted = new Set(selected);
  return [...new Set(graph.nodes.filter(({ id }) => wanted.has(id)).map(({ position }) => position))];
}

function rangeOf({ start, end }: PlaceRange): vscode.Range {
  return new vscode.Range(start.line, start.character, end.line, end.character);
}
