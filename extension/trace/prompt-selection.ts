/** A place in a document, as the editor counts: lines and UTF-16 units, from 0. */
export interface Place {
  readonly line: number;
  readonly character: number;
}

export interface Selected {
  readonly start: Place;
  readonly end: Place;
}

/** Of a document, what is needed here; vscode.TextDocument is one. */
export interface TextLines {
  readonly lineCount: number;
  lineAt(line: number): { readonly text: string };
}

/** A prompt as text, and where it stands in its document. */
export interface SelectedPrompt {
  /** Lines are joined by \n, whatever the document ends them with. */
  readonly text: string;
  /** Where the text's first character is. */
  readonly start: Place;
}

/**
 * The prompts that are meant, in the order of the document: each selection is one, whatever number of lines it has; a
 * cursor without a selection means its line, without the space around it. A line break at the end of a selection comes
 * from selecting whole lines and is left out. Empty ones are left out, and a line that several cursors are in counts once.
 */
export function selectedPrompts(document: TextLines, selections: readonly Selected[]): SelectedPrompt[] {
  const prompts = selections.map(selection => promptOf(document, selection)).filter(({ text }) => text.trim() !== '');
  prompts.sort((a, b) => a.start.line - b.start.line || a.start.character - b.start.character);
  return prompts.filter(
    ({ start, text }, i) =>
      !prompts
        .slice(0, i)
        .some(
          before =>
            before.start.line === start.line && before.start.character === start.character && before.text === text,
        ),
  );
}

function promptOf(document: TextLines, { start, end }: Selected): SelectedPrompt {
  if (start.line === end.line && start.character === end.character) {
    const { text } = document.lineAt(start.line);
    return {
      text: text.trim(),
      start: { line: start.line, character: text.length - text.trimStart().length },
    };
  }
  const lines = Array.from({ length: end.line - start.line + 1 }, (_, i) => document.lineAt(start.line + i).text);
  lines[lines.length - 1] = lines[lines.length - 1].slice(0, end.character);
  lines[0] = lines[0].slice(start.character);
  return { text: lines.join('\n').replace(/\n+$/, ''), start };
}

/** The place of `offset` (UTF-16 units of the prompt) in the document that the prompt stands in. */
export function placeInDocument({ text, start }: SelectedPrompt, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  const character = before[before.length - 1].length;
  return {
    line: start.line + before.length - 1,
    character: before.length === 1 ? start.character + character : character,
  };
}
