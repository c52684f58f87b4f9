import * as vscode from 'vscode';
import type { Services } from '../services.ts';
import { chosenModel } from '../settings.ts';
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
    if (await services.offerRetry(error, vscode.l10n.t('The model cannot be used.'))) await chooseModel(services);
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
      detail: [folders.model, folders.dictionary].filter(folder => folder !== undefined).join(' · '),
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
      label: `$(folder-opened) ${vscode.l10n.t('Folders of a model and its dictionary…')}`,
      detail: vscode.l10n.t("A Hugging Face checkpoint, and transcoders in circuit-tracer's layout"),
      choose: askFolders,
    },
  ];
}

async function askFolders(): Promise<ModelFolders | undefined> {
  const model = await askFolder(vscode.l10n.t('Folder of the model (config.json, model.safetensors)'));
  if (model === undefined) return undefined;
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
