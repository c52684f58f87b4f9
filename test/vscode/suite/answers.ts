import * as vscode from 'vscode';

/** What a person answers when the extension asks; undefined: leaves. Lists are used up one by one. */
export interface Answers {
  readonly text?: string;
  /** A word of the label of the item that is picked. */
  readonly item?: string;
  readonly save?: vscode.Uri;
  /** The buttons that are clicked below error messages, one after the other. */
  readonly buttons?: readonly string[];
}

/** What was shown while the answers were given. */
export interface Asked {
  readonly errors: string[];
  readonly warnings: string[];
  readonly items: string[];
}

type Button = string | vscode.MessageItem;
const titleOf = (button: Button): string => (typeof button === 'string' ? button : button.title);

/**
 * Answers the extension's dialogs while `work` runs: dialogs of the editor cannot be reached from inside its host. The
 * extension and these tests share one API object.
 */
export async function answering(answers: Answers, work: (asked: Asked) => unknown): Promise<Asked> {
  const asked: Asked = { errors: [], warnings: [], items: [] };
  const buttons = [...(answers.buttons ?? [])];
  const window = vscode.window as unknown as Record<string, unknown>;
  const message =
    (list: string[]) =>
    (text: string, ...items: readonly (Button | vscode.MessageOptions)[]): Promise<Button | undefined> => {
      list.push(text);
      const wanted = buttons.shift();
      return Promise.resolve((items as readonly Button[]).find(item => titleOf(item) === wanted));
    };
  const instead: Record<string, unknown> = {
    showInputBox: () => Promise.resolve(answers.text),
    showQuickPick: async (given: Thenable<readonly vscode.QuickPickItem[]> | readonly vscode.QuickPickItem[]) => {
      const items = await given;
      asked.items.push(...items.map(({ label }) => label));
      return items.find(({ label }) => label.includes(answers.item ?? '\u0000'));
    },
    showSaveDialog: () => Promise.resolve(answers.save),
    showErrorMessage: message(asked.errors),
    showWarningMessage: message(asked.warnings),
  };
  const own = Object.fromEntries(Object.keys(instead).map(name => [name, window[name]]));
  Object.assign(window, instead);
  try {
    await work(asked);
  } finally {
    Object.assign(window, own);
  }
  return asked;
}
