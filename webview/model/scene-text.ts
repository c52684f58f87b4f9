/** Text in boxes: how wide it is, and how it is cut. */

/** Of the font in boxes, in pixels at zoom 1. */
export const BOX_FONT_SIZE = 11;

const CHARACTER_WIDTH = BOX_FONT_SIZE * 0.54;

/** Characters of the box font that a width holds, with a little room at both ends. */
export function charactersIn(width: number): number {
  return Math.floor((width - 10) / CHARACTER_WIDTH);
}

/** About how wide a text is in the box font, in pixels at zoom 1. */
export function charactersWidth(text: string): number {
  let width = 0;
  for (const character of text) width += isWide(character) ? 2 : 1;
  return width * CHARACTER_WIDTH;
}

/** At most `most` characters, wide ones counted twice; what is left out becomes an ellipsis. */
export function shorten(text: string, most: number): string {
  let width = 0;
  let shown = '';
  for (const character of text.replaceAll(/\s+/g, ' ')) {
    width += isWide(character) ? 2 : 1;
    if (width > most) return `${shown.slice(0, -1).trimEnd()}…`;
    shown += character;
  }
  return shown;
}

function isWide(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xffdc) || code >= 0x1f300);
}
