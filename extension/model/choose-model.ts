import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { chosenModel, isNeuronBasis } from '../settings.ts';
import { modelName } from '../trace/model-name.ts';
import { askFolders } from './ask-folders.ts';
import { importModel } from './import-model.ts';
import { useModel, type ModelFolders } from './use-model.ts';

/** Circuit Explorer: Choose Model. Asks for a model and its dictionary, tries to open them, and keeps the choice. */
export async function chooseModel(services: Services): Promise<void> {
  if (!(await services.mayLoadModels())) return;
  const picked = await vscode.window.showQuickPick(modelItems(services), {
    title: vscode.l10n.t('Choose Model'),
    placeHolder: vscode.l10n.t('The model whose prompts are traced'),
    matchOnDetail: true,
  });
  const folders = await picked?.choose();
  if (folders === undefined) return;
  try {
    await useModel(services, folders);
  } catch (error) {
    const own = { 'choose-model': () => Promise.resolve(true) };
    if (await services.offerRetry(error, vscode.l10n.t('The model cannot be used.'), own)) await chooseModel(services);
  }
}

interface ModelItem extends vscode.QuickPickItem {
  readonly choose: () => Promise<ModelFolders | undefined>;
}

function modelItems(services: Services): ModelItem[] {
  const current = chosenModel();
  const isCurrent = ({ model, dictionary }: ModelFolders): boolean =>
    model === current.model && dictionary === current.dictionary;
  const known = services.models.used.filter(({ model }) => model !== undefined);
  const describe = (folders: ModelFolders) => (isCurrent(folders) ? { description: vscode.l10n.t('in use') } : {});
  return [
    {
      label: vscode.l10n.t('Embedded model'),
      ...describe({}),
      detail: vscode.l10n.t('Small, comes with the extension; knows capitals, opposites, rhymes'),
      choose: () => Promise.resolve({}),
    },
    ...known.map(folders => ({
      label: modelName(folders.model ?? ''),
      ...describe(folders),
      detail: isNeuronBasis(folders)
        ? vscode.l10n.t('{0} · without a dictionary: its MLP neurons', folders.model ?? '')
        : [folders.model, folders.dictionary].filter(folder => folder !== undefined).join(' · '),
      choose: () => Promise.resolve(folders),
    })),
    {
      label: `$(cloud-download) ${vscode.l10n.t('Import from the Hugging Face hub…')}`,
      detail: vscode.l10n.t('Published models with their transcoders, or any hub id'),
      choose: async () => {
        await importModel(services);
        return undefined;
      },
    },
    {
      label: `$(folder-opened) ${vscode.l10n.t('Folder of a model…')}`,
      detail: vscode.l10n.t("A Hugging Face checkpoint, with transcoders in circuit-tracer's layout or without"),
      choose: askFolders,
    },
  ];
}
