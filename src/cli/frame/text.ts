/** Lines of at most `width` characters, broken at spaces. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** Terminal columns that a text takes: wide characters of East Asian scripts and emoji count two, marks none. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const character of text) columns += widthOf(character);
  return columns;
}

/** `text` cut to `width` columns, with … in place of the rest. */
export function clipped(text: string, width: number): string {
  if (columnsOf(text) <= width) return text;
  let kept = '';
  let columns = 0;
  for (const character of text) {
    columns += widthOf(character);
    if (columns > width - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

/** `text` followed by spaces up to `width` columns. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - columnsOf(text)));
}

const WIDE =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Emoji_Presentation}/u;

function widthOf(character: string): number {
  if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) return 0;
  return WIDE.test(character) ? 2 : 1;
}

/** Control characters as they are written in JSON, so that a model's text cannot steer the terminal. */
export function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, character => {
    const short = JSON.stringify(character).slice(1, -1);
    // JSON leaves those from U+007F on as they are, U+009B among them, which some terminals obey.
    return short === character ? `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}` : short;
  });
}

/** 1234567 as `1 234 567`. */
export function grouped(count: number): string {
  return String(count).replaceAll(/\B(?=(\d{3})+$)/g, ' ');
}

/** Bytes in the largest unit that leaves at least 1. */
export function byteSize(bytes: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let size = bytes;
  while (size >= 1000 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${size >= 100 || unit === 0 ? Math.round(size) : Number(size.toPrecision(3))} ${units[unit]}`;
}
