import * as vscode from 'vscode';
import type { ModelChoice } from '../../src/engine/protocol.ts';
import type { TraceSettings } from '../../src/graph/investigation/types.ts';
import type { Services } from '../services.ts';
import { chosenModel, traceSettings } from '../settings.ts';
import { selectedPrompts, type SelectedPrompt } from './prompt-selection.ts';
import { askTraceOptions } from './trace-options.ts';
import { withProgress } from './with-progress.ts';

/** Investigations that one command opens, at most: a whole file full of cursors is a mistake. */
const MOST_PROMPTS = 20;

/** What a prompt is traced with when nothing else is asked for. */
interface Order {
  readonly choice: ModelChoice;
  readonly settings: TraceSettings;
}

/** Circuit Explorer: Trace Attribution. */
export async function traceSelection(services: Services): Promise<void> {
  const found = promptsInEditor();
  if (found === undefined) return;
  const { document, prompts } = found;
  for (const prompt of prompts) {
    const done = await tracePrompt(services, document, prompt, {
      choice: chosenModel(),
      settings: traceSettings(document.uri),
    });
    if (!done) return;
  }
}

/** Circuit Explorer: Trace Attribution with Options. */
export async function traceSelectionWithOptions(services: Services): Promise<void> {
  const found = promptsInEditor();
  if (found === undefined || !(await services.mayLoadModels())) return;
  const { document, prompts } = found;
  for (const prompt of prompts) {
    const defaults = { choice: chosenModel(), settings: traceSettings(document.uri) };
    const order = await askTraceOptions(services, prompt.text, defaults);
    if (order === undefined || !(await tracePrompt(services, document, prompt, order))) return;
  }
}

function promptsInEditor(): { document: vscode.TextDocument; prompts: SelectedPrompt[] } | undefined {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('Open a text first: the selection, or the line of the cursor, is the prompt that is traced.'),
    );
    return undefined;
  }
  const { document, selections } = editor;
  const prompts = selectedPrompts(document, selections);
  if (prompts.length === 0) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t(
        'There is no prompt: the selection or the line of the cursor is empty. Put the cursor in a line of text, or select some.',
      ),
    );
    return undefined;
  }
  if (prompts.length > MOST_PROMPTS) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} prompts are too many at once: at most {1} are traced.', prompts.length, MOST_PROMPTS),
    );
    return undefined;
  }
  return { document, prompts };
}

/** Days after which investigations that nobody saved or has open are forgotten. */
const KEPT_DAYS = 90;

function forgetOld({ storage, sessions, log }: Services): void {
  const open = new Set(sessions.all.flatMap(({ id, graphFile }) => [vscode.Uri.parse(id).fsPath, graphFile?.path]));
  storage.removeOld(KEPT_DAYS, path => open.has(path)).catch((error: unknown) => log.warn(String(error)));
}

/** Traces and opens one prompt; false if it failed or was cancelled. What fails can be tried again from the message. */
async function tracePrompt(
  services: Services,
  document: vscode.TextDocument,
  prompt: SelectedPrompt,
  order: Order,
): Promise<boolean> {
  if (!(await services.mayLoadModels())) return false;
  const start = document.offsetAt(new vscode.Position(prompt.start.line, prompt.start.character));
  const source = document.uri.scheme === 'file' ? { source: { file: document.uri.fsPath, start } } : {};
  for (;;) {
    try {
      const title = vscode.l10n.t('Tracing “{0}”', shortened(prompt.text));
      const traced = await withProgress(title, task =>
        services.traces.traceNew({ ...order, prompt: prompt.text, ...source }, task),
      );
      services.statusBar.provider = traced.result.provider;
      services.textLink.noteSource(vscode.Uri.file(traced.investigation), document.uri, prompt.start);
      await services.openInvestigation(vscode.Uri.file(traced.investigation));
      for (const warning of traced.result.warnings) services.log.warn(warning);
      if (traced.result.warnings.length > 0) {
        void vscode.window.showWarningMessage(traced.result.warnings.join(' '));
      }
      forgetOld(services);
      return true;
    } catch (error) {
      if (!(await services.offerRetry(error, vscode.l10n.t('The prompt could not be traced.')))) return false;
    }
  }
}

const LONGEST_TITLE = 40;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_TITLE ? line : `…${line.slice(-LONGEST_TITLE)}`;
}
