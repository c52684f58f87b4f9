import * as vscode from 'vscode';
import type { ModelChoice } from '../../src/engine/protocol.ts';
import type { TraceSettings } from '../../src/graph/investigation/types.ts';
import type { Services } from '../services.ts';
import { chosenModel, traceSettings } from '../settings.ts';
import { findPrompts, type FoundPrompts } from './find-prompts.ts';
import type { SelectedPrompt } from './prompt-selection.ts';
import { askTraceOptions } from './trace-options.ts';
import { withProgress } from './with-progress.ts';

/** What a prompt is traced with when nothing else is asked for. */
interface Order {
  readonly choice: ModelChoice;
  readonly settings: TraceSettings;
}

/** Circuit Explorer: Trace Attribution. */
export async function traceSelection(services: Services): Promise<void> {
  const found = await findPrompts();
  if (found === undefined || !(await services.mayLoadModels())) return;
  for (const prompt of found.prompts) {
    if (!(await tracePrompt(services, found, prompt, defaultsFor(found)))) return;
  }
}

/** Circuit Explorer: Trace Attribution with Options. */
export async function traceSelectionWithOptions(services: Services): Promise<void> {
  const found = await findPrompts();
  if (found === undefined || !(await services.mayLoadModels())) return;
  for (const prompt of found.prompts) {
    const order = await askTraceOptions(services, prompt.text, defaultsFor(found));
    if (order === undefined || !(await tracePrompt(services, found, prompt, order))) return;
  }
}

function defaultsFor({ document }: FoundPrompts): Order {
  return { choice: chosenModel(), settings: traceSettings(document?.uri) };
}

/** Traces and opens one prompt; false if it failed or was cancelled. What fails can be tried again from the message. */
async function tracePrompt(
  services: Services,
  { document }: FoundPrompts,
  prompt: SelectedPrompt,
  asked: Order,
): Promise<boolean> {
  let order = asked;
  const source = document === undefined ? {} : sourceIn(document, prompt);
  for (;;) {
    try {
      const title = vscode.l10n.t('Tracing “{0}”', shortened(prompt.text));
      const traced = await withProgress(title, task =>
        services.traces.traceNew({ ...order, prompt: prompt.text, ...source }, task),
      );
      services.statusBar.provider = traced.result;
      const investigation = vscode.Uri.file(traced.investigation);
      if (document !== undefined) services.textLink.noteSource(investigation, document.uri, prompt.start);
      await services.openInvestigation(investigation);
      for (const warning of traced.result.warnings) services.log.warn(warning);
      if (traced.result.warnings.length > 0) {
        void vscode.window.showWarningMessage(traced.result.warnings.join(' '));
      }
      forgetOld(services);
      return true;
    } catch (error) {
      const again = await services.offerRetry(error, vscode.l10n.t('The prompt could not be traced.'), {
        'choose-target': async () => {
          const chosen = await askTraceOptions(services, prompt.text, order);
          order = chosen ?? order;
          return chosen !== undefined;
        },
      });
      if (!again) return false;
      // Another model may have been the remedy.
      order = { ...order, choice: chosenModel() };
    }
  }
}

/** Where a prompt stands, if that is a file. */
function sourceIn(document: vscode.TextDocument, { start }: SelectedPrompt) {
  if (document.uri.scheme !== 'file') return {};
  const offset = document.offsetAt(new vscode.Position(start.line, start.character));
  return { source: { file: document.uri.fsPath, start: offset } };
}

/** Days after which investigations that nobody saved or has open are forgotten. */
const KEPT_DAYS = 90;

function forgetOld({ storage, sessions, log }: Services): void {
  const open = new Set(sessions.all.flatMap(({ id, graphFile }) => [vscode.Uri.parse(id).fsPath, graphFile?.path]));
  storage.removeOld(KEPT_DAYS, path => open.has(path)).catch((error: unknown) => log.warn(String(error)));
}

const LONGEST_TITLE = 40;

function shortened(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  return line.length <= LONGEST_TITLE ? line : `…${line.slice(-LONGEST_TITLE)}`;
}
