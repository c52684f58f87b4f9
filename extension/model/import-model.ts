import * as vscode from 'vscode';
import type { KnownModels } from '../../src/import/known-models.ts';
import {
  estimateImport,
  importModel as importRequest,
  listModels,
  type ImportEstimateData,
  type ImportRequest,
  type ImportResult,
} from '../../src/engine/protocol.ts';
import type { Services } from '../services.ts';
import { withProgress } from '../trace/with-progress.ts';
import { downloadText, obstacles, shownBytes } from './import-text.ts';
import { useModel } from './use-model.ts';

/** Circuit Explorer: Import Model. Lets a person choose a published set or a hub id, fetches it and uses it. */
export async function importModel(services: Services): Promise<void> {
  if (!(await services.mayLoadModels())) return;
  const request = await askWhat(services);
  if (request === undefined) return;
  for (;;) {
    try {
      const estimate = await withProgress(vscode.l10n.t('Asking the hub what is to be fetched'), task =>
        services.engine.request(estimateImport, request, task),
      );
      if (!(await agree(request, estimate))) return;
      const items = await download(services, request);
      await use(services, items);
      return;
    } catch (error) {
      if (!(await services.offerRetry(error, vscode.l10n.t('The model could not be imported.')))) return;
    }
  }
}

interface SetItem extends vscode.QuickPickItem {
  readonly set?: KnownModels['published'][number];
}

async function askWhat(services: Services): Promise<ImportRequest | undefined> {
  const { published } = await services.engine.request(listModels, {});
  const items: SetItem[] = [
    { label: `$(globe) ${vscode.l10n.t('Another model of the Hugging Face hub…')}` },
    { label: vscode.l10n.t('Published with transcoders'), kind: vscode.QuickPickItemKind.Separator },
    ...published
      .filter(({ unsupported }) => unsupported === undefined)
      .map(set => ({
        label: set.title,
        description: set.here ? vscode.l10n.t('on this machine') : set.name,
        detail: set.gated
          ? vscode.l10n.t('{0}, {1}; asks for an account and its terms', set.model, set.dictionary)
          : `${set.model}, ${set.dictionary}`,
        set,
      })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Import Model'),
    placeHolder: vscode.l10n.t('What is fetched from the Hugging Face hub into its cache on this machine'),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return undefined;
  if (picked.set === undefined) return askId();
  const { name, model, dictionary, folders = false } = picked.set;
  if (!folders) return { id: name, features: true };
  const chosen = await askDictionary(`${dictionary}//`);
  return chosen === undefined ? undefined : { id: model, dictionary: chosen, features: true };
}

async function askId(): Promise<ImportRequest | undefined> {
  const id = await askText(vscode.l10n.t('Model'), vscode.l10n.t('owner/name, with @revision if another than main'));
  if (id === undefined) return undefined;
  const dictionary = await askDictionary();
  return dictionary === undefined ? undefined : { id, dictionary, features: true };
}

function askDictionary(value = ''): Promise<string | undefined> {
  const prompt = vscode.l10n.t('owner/name of transcoders made for this model, or owner/name//folder');
  return askText(vscode.l10n.t('Its dictionary'), prompt, value);
}

async function askText(title: string, prompt: string, value = ''): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({ title, prompt, value, ignoreFocusOut: true });
  return text?.trim() === '' ? undefined : text?.trim();
}

/** Shows how much is fetched, and what speaks against it; true if the person wants it. */
async function agree({ id }: ImportRequest, estimate: ImportEstimateData): Promise<boolean> {
  const { items, missing, free, memory, machineMemory } = estimate;
  const found = obstacles(estimate);
  const lines = [
    ...items.map(item => `${item.id}: ${shownBytes(item.bytes)}`),
    vscode.l10n.t('To download: {0}', shownBytes(missing)),
    ...(free === null ? [] : [vscode.l10n.t('Free on the disk: {0}', shownBytes(free))]),
    ...(memory === null
      ? []
      : [vscode.l10n.t('Memory of a trace: about {0} of {1}', shownBytes(memory), shownBytes(machineMemory))]),
    ...(found.includes('disk') ? [vscode.l10n.t('There is not enough room on the disk.')] : []),
    ...(found.includes('memory') ? [vscode.l10n.t('This machine has too little memory for it.')] : []),
  ];
  const download = vscode.l10n.t('Download');
  const options = { modal: true, detail: lines.join('\n') };
  const answer = await (found.length === 0
    ? vscode.window.showInformationMessage(vscode.l10n.t('Import {0}?', id), options, download)
    : vscode.window.showWarningMessage(vscode.l10n.t('Import {0}?', id), options, download));
  return answer === download;
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
      return services.engine.request(importRequest, request, {
        signal: controller.signal,
        progress: report => notification.report({ message: downloadText(report) }),
      });
    }),
  );
}

async function use(services: Services, items: ImportResult): Promise<void> {
  const [model, dictionary] = (['model', 'dictionary'] as const).map(kind => items.find(item => item.kind === kind));
  if (model === undefined || dictionary === undefined) return;
  await useModel(services, { model: model.id ?? model.folder, dictionary: dictionary.id ?? dictionary.folder });
}
