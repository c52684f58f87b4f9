import * as vscode from 'vscode';
import { plainMessage } from '../common/plain-message.ts';
import { progressText } from './progress-text.ts';
import type { TraceTask } from './trace-service.ts';

/** Runs `work` under a notification that says how far it is and lets a person cancel it. */
export async function withProgress<Result>(title: string, work: (task: TraceTask) => Promise<Result>): Promise<Result> {
  const options = { location: vscode.ProgressLocation.Notification, title: plainMessage(title), cancellable: true };
  const names = stageNames();
  return vscode.window.withProgress(options, (progress, token) => {
    const controller = new AbortController();
    token.onCancellationRequested(() => controller.abort());
    return work({
      signal: controller.signal,
      progress: report => progress.report({ message: progressText(report, names) }),
    });
  });
}

function stageNames(): Readonly<Record<string, string>> {
  return {
    start: vscode.l10n.t('starting the engine'),
    load: vscode.l10n.t('loading the model'),
    providers: vscode.l10n.t('trying what can compute'),
    forward: vscode.l10n.t('running the model'),
    encode: vscode.l10n.t('finding active features'),
    attribute: vscode.l10n.t('tracing effects'),
    write: vscode.l10n.t('writing the graph'),
  };
}
