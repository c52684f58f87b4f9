import * as vscode from 'vscode';

/** Absolute paths. */
export interface ChosenFolders {
  readonly model: string;
  readonly dictionary?: string;
}

/** Asks for the folder of a model and of its dictionary, if it has one; undefined if the person changes their mind. */
export async function askFolders(): Promise<ChosenFolders | undefined> {
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
