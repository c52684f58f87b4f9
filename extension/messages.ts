import * as vscode from 'vscode';
import { failureOf } from './common/failure.ts';
import { plainMessage } from './common/plain-message.ts';
import { helpfulRemedies, type Remedy } from './common/remedies.ts';
import { chosenModel, keepSetting } from './settings.ts';

/** What a remedy does; true if what failed is to be tried again afterwards. */
export type Remedies = Readonly<Partial<Record<Remedy, () => Promise<boolean>>>>;

/**
 * Tells a person that something failed and what to do, with the clicks that may help; true if it is to be tried again.
 * Cancelling is not a failure. `own` remedies come before the usual ones.
 */
export async function offerRetry(
  error: unknown,
  what: string,
  log: vscode.LogOutputChannel,
  own: Remedies = {},
): Promise<boolean> {
  const failure = failureOf(error);
  const { message, remedy, isCancellation } = failure;
  if (isCancellation) return false;
  log.error(error instanceof Error ? (error.stack ?? message) : message);
  const remedies: Remedies = { ...usualRemedies, ...own };
  const titles = remedyTitles();
  const items = helpfulRemedies(failure).flatMap(name => {
    const run = remedies[name];
    return run === undefined ? [] : { title: titles[name], run };
  });
  const openLog = (): Promise<boolean> => {
    log.show();
    return Promise.resolve(false);
  };
  const showLog = { title: vscode.l10n.t('Show Log'), run: openLog };
  const answer = await vscode.window.showErrorMessage(plainMessage(`${what} ${message} ${remedy}`), ...items, showLog);
  return answer === undefined ? false : answer.run();
}

function remedyTitles(): Readonly<Record<Remedy, string>> {
  return {
    retry: vscode.l10n.t('Retry'),
    'choose-model': vscode.l10n.t('Choose Model…'),
    'choose-target': vscode.l10n.t('Choose Target…'),
    'use-cpu': vscode.l10n.t('Use the CPU'),
    'smaller-graph': vscode.l10n.t('Open Settings'),
  };
}

const usualRemedies: Remedies = {
  retry: () => Promise.resolve(true),
  'choose-model': async () => {
    const before = JSON.stringify(chosenModel());
    await vscode.commands.executeCommand('circuit.chooseModel');
    return JSON.stringify(chosenModel()) !== before;
  },
  'use-cpu': async () => {
    await keepSetting('provider', 'cpu');
    return true;
  },
  'smaller-graph': async () => {
    await vscode.commands.executeCommand('workbench.action.openSettings', 'circuit.maxFeatureNodes');
    return false;
  },
};

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
