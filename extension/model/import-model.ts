import * as vscode from 'vscode';
import {
  estimateImport,
  importModel as importRequest,
  type ImportEstimateData,
  type ImportRequest,
  type ImportResult,
} from '../../src/engine/protocol.ts';
import { failureOf } from '../common/failure.ts';
import type { Services } from '../services.ts';
import { withProgress } from '../trace/with-progress.ts';
import { askWhatToImport } from './import-questions.ts';
import { downloadText, obstacles, shownBytes } from './import-text.ts';
import { useModel } from './use-model.ts';

/** Bytes of a feature index that nobody minds. */
const SMALL_INDEX = 100e6;

/** Circuit Explorer: Import Model. Lets a person choose a published set, a hub id or a folder, fetches it and uses it. */
export async function importModel(services: Services): Promise<void> {
  if (!(await services.mayLoadModels())) return;
  let request: ImportRequest | undefined;
  for (;;) {
    try {
      request ??= await askWhatToImport(services);
      if (request === undefined) return;
      await fetchAndUse(services, request);
      return;
    } catch (error) {
      const goesOn = failureOf(error).isCancellation
        ? await offerToGoOn(request)
        : await services.offerRetry(error, vscode.l10n.t('The model could not be imported.'));
      if (!goesOn) return;
    }
  }
}

async function fetchAndUse(services: Services, request: ImportRequest): Promise<void> {
  const estimates = await withProgress(vscode.l10n.t('Asking the hub what is to be fetched'), async task => {
    const without = await services.engine.request(estimateImport, request, task);
    if (request.dictionary === undefined && without.items.length < 2) return { without, whole: without };
    return { without, whole: await services.engine.request(estimateImport, { ...request, features: true }, task) };
  });
  const features = estimates.without.items.length === 0 ? false : await agree(request, estimates);
  if (features === undefined) return;
  const items = await download(services, { ...request, features });
  const [model, dictionary] = (['model', 'dictionary'] as const).map(kind => items.find(item => item.kind === kind));
  if (model === undefined) {
    void vscode.window.showInformationMessage(vscode.l10n.t('{0} is on this machine now.', request.id));
    return;
  }
  await useModel(services, { model: placeOf(model), ...(dictionary && { dictionary: placeOf(dictionary) }) });
  const name = placeOf(model);
  void vscode.window.showInformationMessage(
    vscode.l10n.t('{0} is on this machine, and prompts are traced in it.', name),
  );
}

function placeOf({ id, folder }: ImportResult[number]): string {
  return id ?? folder;
}

interface Estimates {
  readonly without: ImportEstimateData;
  /** With the dictionary's feature index. */
  readonly whole: ImportEstimateData;
}

/**
 * Shows how much is fetched, and what speaks against it; whether the feature index is wanted, undefined if nothing is. A
 * small index comes along without a question.
 */
async function agree({ id }: ImportRequest, { without, whole }: Estimates): Promise<boolean | undefined> {
  const index = whole.total - without.total;
  const estimate = index <= SMALL_INDEX ? whole : without;
  const { items, missing, free, memory, machineMemory } = estimate;
  const found = obstacles(estimate);
  const lines = [
    ...items.map(item => `${item.id}: ${shownBytes(item.bytes)}`),
    missing === 0
      ? vscode.l10n.t('All of it is on this machine already.')
      : vscode.l10n.t('To download: {0}', shownBytes(missing)),
    ...(free === null ? [] : [vscode.l10n.t('Free on the disk: {0}', shownBytes(free))]),
    ...(memory === null
      ? []
      : [vscode.l10n.t('Memory of a trace: about {0} of {1}', shownBytes(memory), shownBytes(machineMemory))]),
    ...(found.includes('disk') ? [vscode.l10n.t('There is not enough room on the disk.')] : []),
    ...(found.includes('memory') ? [vscode.l10n.t('This machine has too little memory for it.')] : []),
    ...(estimate === whole
      ? []
      : [
          vscode.l10n.t(
            'The examples of all features are {0} more. Without them, those of a feature are fetched when its card is opened.',
            shownBytes(index),
          ),
        ]),
  ];
  const go = missing === 0 ? vscode.l10n.t('Use It') : vscode.l10n.t('Download');
  const all = vscode.l10n.t('Download with Examples');
  const buttons = estimate === whole ? [go] : [go, all];
  const options = { modal: true, detail: lines.join('\n') };
  const title = vscode.l10n.t('Import {0}?', id);
  const answer = await (found.length === 0
    ? vscode.window.showInformationMessage(title, options, ...buttons)
    : vscode.window.showWarningMessage(title, options, ...buttons));
  if (answer === undefined) return undefined;
  return answer === all || estimate === whole;
}

/** After a cancelled import: nothing that was fetched is lost. */
async function offerToGoOn(request: ImportRequest | undefined): Promise<boolean> {
  if (request === undefined) return false;
  const goOn = vscode.l10n.t('Go On');
  const text = vscode.l10n.t(
    'The import of {0} was stopped. What was fetched is kept: it goes on from there.',
    request.id,
  );
  return (await vscode.window.showInformationMessage(text, goOn)) === goOn;
}

function download(services: Services, request: ImportRequest): Promise<ImportResult> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Importing {0}', request.id),
    cancellable: true,
  };
  return Promise.resolve(
    vscode.window.withProgress(options, (notification, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      let shown = 0;
      return services.engine.request(importRequest, request, {
        signal: controller.signal,
        progress: report => {
          const percent = report.total === null || report.total < 1e6 ? 0 : (100 * report.done) / report.total;
          notification.report({ message: downloadText(report), increment: Math.max(0, percent - shown) });
          shown = Math.max(shown, percent);
        },
      });
    }),
  );
}
