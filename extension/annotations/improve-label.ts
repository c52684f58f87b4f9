import * as vscode from 'vscode';
import type { FeatureCardData } from '../../src/engine/protocol.ts';
import { oneLine } from '../../src/graph/investigation/one-line.ts';
import { labelPrompt } from './label-prompt.ts';

const LONGEST_LABEL = 80;

/**
 * Asks one of the editor's language models for a label, after showing the text that would be sent. Undefined if the
 * person changes their mind or there is no model.
 */
export async function askForLabel(data: FeatureCardData, current: string): Promise<string | undefined> {
  const models = await vscode.lm.selectChatModels();
  if (models.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The editor has no language model. Labels can be written by hand, and all else works without one.'),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    models.map(model => ({ label: model.name, description: model.vendor, model })),
    { title: vscode.l10n.t('Improve Label'), placeHolder: vscode.l10n.t('The language model that is asked') },
  );
  if (picked === undefined) return undefined;
  const prompt = labelPrompt(data, current);
  const send = vscode.l10n.t('Send');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Send this text to {0}?', picked.model.name),
    { modal: true, detail: prompt },
    send,
  );
  if (answer !== send) return undefined;
  const source = new vscode.CancellationTokenSource();
  const response = await picked.model.sendRequest([vscode.LanguageModelChatMessage.User(prompt)], {}, source.token);
  let text = '';
  for await (const part of response.text) text += part;
  const suggestion = oneLine(text.replaceAll(/^["“]|["”]$/g, ''), LONGEST_LABEL);
  return vscode.window.showInputBox({ title: vscode.l10n.t('Improve Label'), value: suggestion });
}
