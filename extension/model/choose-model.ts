import * as vscode from 'vscode';
import { describeModel, type ModelChoice } from '../../src/engine/protocol.ts';
import type { Services } from '../services.ts';
import { chosenModel } from '../settings.ts';
import { modelName } from '../trace/model-name.ts';
import { withProgress } from '../trace/with-progress.ts';

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
  const { provider, threads } = chosenModel();
  const choice = {
    ...folders,
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
  try {
    const described = await withProgress(vscode.l10n.t('Opening the model'), task =>
      services.engine.request(describeModel, choice, task),
    );
    await services.models.remember(described, choice);
    await keep(folders);
    services.statusBar.provider = described.provider;
    for (const note of described.providerNotes) services.log.info(note);
  } catch (error) {
    if (await services.offerRetry(error, vscode.l10n.t('The model cannot be used.'))) await chooseModel(services);
  }
}

type Folders = Pick<ModelChoice, 'model' | 'dictionary'>;

interface ModelItem extends vscode.QuickPickItem {
  readonly choose: () => Promise<Folders | undefined>;
}

function modelItems({ models }: Services): ModelItem[] {
  const current = chosenModel();
  const isCurrent = ({ model, dictionary }: Folders): boolean =>
    model === current.model && dictionary === current.dictionary;
  const known = models.used.filter(({ model }) => model !== undefined);
  const describe = (folders: Folders) => (isCurrent(folders) ? { description: vscode.l10n.t('in use') } : {});
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
      label: `$(folder-opened) ${vscode.l10n.t('Folders of a model and its dictionary…')}`,
      detail: vscode.l10n.t("A Hugging Face checkpoint, and transcoders in circuit-tracer's layout"),
      choose: askFolders,
    },
  ];
}

async function askFolders(): Promise<Folders | undefined> {
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

/** For the workspace where one is open, so that projects keep their own model. */
async function keep({ model, dictionary }: Folders): Promise<void> {
  const settings = vscode.workspace.getConfiguration('circuit');
  const target =
    vscode.workspace.workspaceFolders === undefined
      ? vscode.ConfigurationTarget.Global
      : vscode.ConfigurationTarget.Workspace;
  await settings.update('model', model, target);
  await settings.update('dictionary', dictionary, target);
}
