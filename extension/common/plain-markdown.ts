import * as vscode from 'vscode';

/** Text, or text in bold. */
export type Piece = string | { readonly strong: string };

/**
 * Lines as a tooltip in which nothing that a file brought becomes markup: every piece is escaped, HTML and command links
 * are off.
 */
export function plainMarkdown(lines: readonly (readonly Piece[])[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.supportHtml = false;
  text.isTrusted = false;
  for (const [i, line] of lines.entries()) {
    if (i > 0) text.appendMarkdown('\n\n');
    for (const piece of line) {
      if (typeof piece === 'string') {
        text.appendText(piece);
      } else if (piece.strong.trim() !== '') {
        text.appendMarkdown(' **').appendText(piece.strong.trim()).appendMarkdown('** ');
      }
    }
  }
  return text;
}
