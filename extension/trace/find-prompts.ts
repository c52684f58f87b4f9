import * as vscode from 'vscode';
import { selectedPrompts, type SelectedPrompt } from './prompt-selection.ts';

/** Investigations that one command opens, at most: a whole file full of cursors is a mistake. */
const MOST_PROMPTS = 20;

/** Prompts, and the text that they stand in; one that was typed stands in none. */
export interface FoundPrompts {
  readonly document: vscode.TextDocument | undefined;
  readonly prompts: readonly SelectedPrompt[];
}

/**
 * The prompts that are selected in the active text editor; where there is none, or nothing in it, a person may type one.
 * Undefined if they do not.
 */
export async function findPrompts(): Promise<FoundPrompts | undefined> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) return typedPrompt();
  const { document, selections } = editor;
  const prompts = selectedPrompts(document, selections);
  if (prompts.length === 0) {
    const type = vscode.l10n.t('Type a Prompt…');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        'There is no prompt: the selection or the line of the cursor is empty. Put the cursor in a line of text, or select some.',
      ),
      type,
    );
    return answer === type ? typedPrompt() : undefined;
  }
  if (prompts.length > MOST_PROMPTS) {
    void vscode.window.showWarningMessage(
      vscode.l10n.t('{0} prompts are too many at once: at most {1} are traced.', prompts.length, MOST_PROMPTS),
    );
    return undefined;
  }
  return { document, prompts };
}

async function typedPrompt(): Promise<FoundPrompts | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Prompt'),
    prompt: vscode.l10n.t(
      'The model’s next token after this text is traced. Prompts can be selected in any editor, too.',
    ),
    placeHolder: 'Fact: the capital of the state containing Dallas is',
    ignoreFocusOut: true,
    validateInput: value => (value.trim() === '' ? vscode.l10n.t('Type some text.') : undefined),
  });
  if (text === undefined) return undefined;
  return { document: undefined, prompts: [{ text: text.trim(), start: { line: 0, character: 0 } }] };
}
