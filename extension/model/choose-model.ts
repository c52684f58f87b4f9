import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { chosenModel, isNeuronBasis } from '../settings.ts';
import { modelName } from '../trace/model-name.ts';
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

async function askFolders(): Promise<ModelFolders | undefined> {
  const model = await askFolder(vscode.l10n.t('Folder of the model (config.json, model.safetensors)'));
  if (model === undefined) return undefined;
  const withDictionary = {
    label: `$(folder-opened) ${vscode.l10n.t('Folder of its dictionary…')}`,
    detail: vscode.l10n.t('Transcoders that were made for this model (config.yaml): nodes are features'),
  };
  const neurons = {
    label: `$(circuit-board) ${vscode.l10n.t('Without a dictionary: its MLP neurons')}`,
    detail: vscode.l10n.t("Nodes are the model's own neurons: more of them, and without labels"),
  };
  const basis = await vscode.window.showQuickPick([withDictionary, neurons], {
    title: vscode.l10n.t('What Graphs Consist Of'),
    ignoreFocusOut: true,
  });
  if (basis !== withDictionary) return basis === undefined ? undefined : { model };
  const dictionary = await askFolder(vscode.l10n.t('Folder of its dictionary (config.yaml)'));
  return dictionary === undefined ? undefined : { model, dictionary };
}

async function askFolder(title: string): Promise<string | undefined> {
  const [folder] =
    (await vscode.window.showOpenDialog({
      title,
      openLabel: vscode.l10n.t('Choose'),
      canSelectFiles: false,
      canSelectFolders: true,
      canSelectMany: false,
    })) ?? [];
  return folder?.fsPath;
}
