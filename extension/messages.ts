import * as vscode from 'vscode';
import { failureOf } from './common/failure.ts';

/** Tells a person that something failed and what to do; true if they ask for it again. Cancelling is not a failure. */
export async function offerRetry(error: unknown, what: string, log: vscode.LogOutputChannel): Promise<boolean> {
  const { message, remedy, isCancellation } = failureOf(error);
  if (isCancellation) return false;
  log.error(error instanceof Error ? (error.stack ?? message) : message);
  const retry = vscode.l10n.t('Retry');
  const showLog = vscode.l10n.t('Show Log');
  const answer = await vscode.window.showErrorMessage(`${what} ${message} ${remedy}`, retry, showLog);
  if (answer === showLog) log.show();
  return answer === retry;
}

/** False in a workspace that is not trusted, after offering to trust it. */
export async function mayLoadModels(): Promise<boolean> {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const answer = await vscode.window.showWarningMessage(
    vscode.l10n.t('No model is loaded in a workspace that is not trusted. Investigations and graphs can be read.'),
    manage,
  );
  if (answer === manage) await vscode.commands.executeCommand('workbench.trust.manage');
  return vscode.workspace.isTrusted;
}
