/**
 * An extension whose provider has a language model once its command was called, as after signing in. The model writes
 * each text that it is asked into the workspace's requests.jsonl, one JSON string a line, and answers with the token
 * that stands in « » first, in quotes.
 */
/* eslint-disable @typescript-eslint/no-require-imports -- the extension host loads it as CommonJS */
const { appendFileSync } = require('node:fs');
const { join } = require('node:path');
const vscode = require('vscode');

const MODEL = {
  id: 'peaks',
  name: 'Peak Namer',
  family: 'peaks',
  version: '1',
  maxInputTokens: 10_000,
  maxOutputTokens: 100,
  capabilities: {},
};

let models = [];
let fails = false;

exports.activate = context => {
  const changed = new vscode.EventEmitter();
  const provider = {
    onDidChangeLanguageModelChatInformation: changed.event,
    provideLanguageModelChatInformation: () => models,
    provideTokenCount: (_model, text) => String(text).length,
    provideLanguageModelChatResponse: async (_model, messages, _options, progress) => {
      const text = messages.flatMap(({ content }) => content.map(part => part.value)).join('');
      const { fsPath } = vscode.workspace.workspaceFolders[0].uri;
      appendFileSync(join(fsPath, 'requests.jsonl'), `${JSON.stringify(text)}\n`);
      if (fails) throw new Error('the quota is used up');
      const [, peak] = /«\s*(.+?)\s*»/.exec(text.slice(text.indexOf('\n- ')));
      // In two parts, as answers come, and in quotes, as models like to give them.
      progress.report(new vscode.LanguageModelTextPart('"texts about '));
      progress.report(new vscode.LanguageModelTextPart(`${peak}"\n`));
    },
  };
  context.subscriptions.push(
    changed,
    vscode.lm.registerLanguageModelChatProvider('circuit-tests', provider),
    vscode.commands.registerCommand('languageModel.add', () => {
      models = [MODEL];
      changed.fire();
    }),
    vscode.commands.registerCommand('languageModel.fail', () => {
      fails = true;
    }),
  );
};
