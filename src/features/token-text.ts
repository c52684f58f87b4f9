/**
 * Forms of a token's text. Vocabularies mark the start of a word with a space, U+2581 (SentencePiece) or U+0120 (GPT-2's
 * byte alphabet); labels speak of the word without it.
 */

/** Without the marks of word starts and the spaces around: " Dallas", "▁Dallas", "ĠDallas" -> "Dallas". */
export function bareText(token: string): string {
  const bare = token.replace(/^[ ▁Ġ]+/u, '').replace(/[ ▁]+$/u, '');
  return bare === '' ? token : bare;
}

/** The form in which labels compare tokens: bare and in lower case. */
export function normalForm(token: string): string {
  return bareText(token).toLowerCase();
}

/** For one line of a terminal: spaces for word marks, signs for line breaks, nothing that could steer the terminal. */
export function printable(token: string): string {
  return token
    .replace(/[▁Ġ]/gu, ' ')
    .replace(/\r?\n|\r/gu, '⏎')
    .replace(/\t/gu, '⇥')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\u{fffd}');
}

/** A token inside a label: bare, and in quotes when it would not be seen as a word. */
export function inLabel(bare: string): string {
  const shown = printable(bare);
  return /[\p{L}\p{N}]/u.test(shown) && shown === shown.trim() ? shown : `"${shown}"`;
}
