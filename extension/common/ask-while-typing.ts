import * as vscode from 'vscode';

/** Milliseconds that a text rests before it counts. */
const REST = 150;

export interface AskedText {
  readonly title: string;
  readonly value: string;
  readonly placeholder: string;
}

/** An input box whose text is told while it is typed. Undefined if the person changes their mind. */
export function askWhileTyping(asked: AskedText, typed: (text: string) => void): Promise<string | undefined> {
  const box = Object.assign(vscode.window.createInputBox(), asked);
  let timer: NodeJS.Timeout | undefined;
  return new Promise(resolve => {
    box.onDidChangeValue(text => {
      clearTimeout(timer);
      timer = setTimeout(() => typed(text), REST);
    });
    box.onDidAccept(() => {
      resolve(box.value);
      box.hide();
    });
    box.onDidHide(() => {
      clearTimeout(timer);
      box.dispose();
      resolve(undefined);
    });
    box.show();
  });
}
