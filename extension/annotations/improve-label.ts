import * as vscode from 'vscode';
import type { FeatureCardData } from '../../src/engine/protocol.ts';
import { oneLine } from '../../src/graph/investigation/one-line.ts';
import { CircuitError } from '../../src/errors.ts';
import { labelPrompt } from './label-prompt.ts';

const LONGEST_LABEL = 80;

/** One of the editor's language models, as the person chooses; undefined if there is none or they change their mind. */
export async function chooseLanguageModel(): Promise<vscode.LanguageModelChat | undefined> {
  const models = await vscode.lm.selectChatModels();
  if (models.length === 0) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t('The editor has no language model. Labels can be written by hand, and all else works without one.'),
    );
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    models.map(model => ({ label: model.name, description: model.vendor, model })),
    {
      title: vscode.l10n.t('Improve Label'),
      placeHolder: vscode.l10n.t('The language model that is asked. The text is shown before it is sent.'),
    },
  );
  return picked?.model;
}

/**
 * Shows the text that would be sent and sends it if the person says so; what comes back can be changed before it is
 * taken. Undefined if the person changes their mind. Errors: `network` with the model's own words.
 */
export async function askForLabel(
  model: vscode.LanguageModelChat,
  data: FeatureCardData,
  current: string,
): Promise<string | undefined> {
  const prompt = labelPrompt(data, current);
  const send = vscode.l10n.t('Send');
  const answer = await vscode.window.showInformationMessage(
    vscode.l10n.t('Send this text to {0}?', model.name),
    { modal: true, detail: prompt },
    send,
  );
  if (answer !== send) return undefined;
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: vscode.l10n.t('Asking {0} for a label', model.name),
    cancellable: true,
  };
  const text = await vscode.window.withProgress(options, (_, token) => answerOf(model, prompt, token));
  if (text === undefined) return undefined;
  const suggestion = oneLine(text.trim().replaceAll(/^["“]|["”.]$/g, ''), LONGEST_LABEL);
  return vscode.window.showInputBox({
    title: vscode.l10n.t('Improve Label'),
    prompt: vscode.l10n.t('{0} suggests this label; change it as you like.', model.name),
    value: suggestion,
  });
}

async function answerOf(
  model: vscode.LanguageModelChat,
  prompt: string,
  token: vscode.CancellationToken,
): Promise<string | undefined> {
  try {
    const response = await model.sendRequest([vscode.LanguageModelChatMessage.User(prompt)], {}, token);
    let text = '';
    for await (const part of response.text) text += part;
    return token.isCancellationRequested ? undefined : text;
  } catch (cause) {
    if (token.isCancellationRequested) return undefined;
    throw new CircuitError(
      'network',
      vscode.l10n.t('{0} gave no label: {1}', model.name, asSentence(cause)),
      vscode.l10n.t('Try again, choose another model, or write the label by hand.'),
      { cause },
    );
  }
}

/** What to do follows it: it ends with a full stop, whatever the model's provider wrote. */
function asSentence(cause: unknown): string {
  const message = (cause instanceof Error ? cause.message : String(cause)).trim();
  return /[.!?…]$/.test(message) ? message : `${message}.`;
}
