import * as vscode from 'vscode';
import { dictionaryFolders, listModels, type ImportRequest } from '../../src/engine/protocol.ts';
import type { Services } from '../services.ts';
import { withProgress } from '../trace/with-progress.ts';
import { askFolders } from './ask-folders.ts';
import { chooseImport, type PublishedEntry } from './import-list.ts';
import { isHubId } from './import-text.ts';

/** Asks what is to be imported; undefined if the person changes their mind. Errors: EngineError. */
export async function askWhatToImport(services: Services): Promise<ImportRequest | undefined> {
  const { published } = await services.engine.request(listModels, {});
  const choice = await chooseImport(services, published);
  if (choice === undefined) return undefined;
  if (choice === 'id') return askId(published);
  if (choice === 'folder') {
    const folders = await askFolders();
    if (folders === undefined) return undefined;
    const { model: id, ...dictionary } = folders;
    return { id, ...dictionary };
  }
  const { name, model, dictionary, folders = false } = choice;
  if (!folders) return { id: name };
  const folder = await askFolderOfHub(services, dictionary);
  return folder === undefined ? undefined : { id: model, dictionary: `${dictionary}//${folder}` };
}

async function askId(published: readonly PublishedEntry[]): Promise<ImportRequest | undefined> {
  const id = await askText(
    vscode.l10n.t('Model'),
    vscode.l10n.t('owner/name, with @revision if another than main'),
    '',
    false,
  );
  if (id === undefined) return undefined;
  const known = published.find(({ model, folders }) => model.toLowerCase() === id.toLowerCase() && folders !== true);
  const dictionary = await askText(
    vscode.l10n.t('Its dictionary'),
    vscode.l10n.t(
      'owner/name of transcoders made for this model, or owner/name//folder. Empty: graphs of the model’s own neurons',
    ),
    known?.dictionary ?? '',
    true,
  );
  if (dictionary === undefined) return undefined;
  return dictionary === '' ? { id } : { id, dictionary };
}

async function askText(title: string, prompt: string, value: string, mayBeEmpty: boolean): Promise<string | undefined> {
  const text = await vscode.window.showInputBox({
    title,
    prompt,
    value,
    ignoreFocusOut: true,
    validateInput: typed =>
      isHubId(typed.trim()) || typed.trim() === ''
        ? undefined
        : vscode.l10n.t('A hub id is written owner/name, owner/name//folder or owner/name@revision.'),
  });
  const trimmed = text?.trim();
  return trimmed === '' && !mayBeEmpty ? undefined : trimmed;
}

/** Repositories that hold a dictionary for each width and density: one is chosen. */
async function askFolderOfHub(services: Services, dictionary: string): Promise<string | undefined> {
  const folders = await withProgress(vscode.l10n.t('Asking the hub what is to be fetched'), task =>
    services.engine.request(dictionaryFolders, { dictionary }, task),
  );
  return vscode.window.showQuickPick([...folders], {
    title: vscode.l10n.t('Dictionary of {0}', dictionary),
    placeHolder: vscode.l10n.t('Each folder is a dictionary of its own'),
  });
}
