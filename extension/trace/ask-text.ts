import * as vscode from 'vscode';

interface TextQuestion {
  readonly title: string;
  readonly prompt: string;
  readonly value: string;
  /** What is wrong with a text that was entered; undefined: nothing. */
  readonly problem: (text: string) => Promise<string | undefined>;
}

/** Asks for a text that is checked when it is entered, which may take a moment; undefined if the person leaves. */
export function askCheckedText({ title, prompt, value, problem }: TextQuestion): Promise<string | undefined> {
  const box = vscode.window.createInputBox();
  Object.assign(box, { title, prompt, value, ignoreFocusOut: true });
  return new Promise(resolve => {
    box.onDidChangeValue(() => {
      box.validationMessage = undefined;
    });
    box.onDidAccept(async () => {
      const text = box.value;
      box.busy = true;
      const found = await problem(text);
      box.busy = false;
      if (text !== box.value) return;
      if (found === undefined) {
        resolve(text);
        box.hide();
      } else {
        box.validationMessage = found;
      }
    });
    box.onDidHide(() => {
      resolve(undefined);
      box.dispose();
    });
    box.show();
  });
}
