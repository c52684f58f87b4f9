/**
 * Python writes NaN, Infinity and -Infinity, which JSON does not have. Returns `text` with those outside of strings
 * as null, and how many there were.
 */
export function withoutNotFinite(text: string): { text: string; count: number } {
  let count = 0;
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at);
    const outside = text.slice(at, quote < 0 ? text.length : quote);
    parts.push(
      outside.replace(/-?\b(?:NaN|Infinity)\b/g, () => {
        count++;
        return 'null';
      }),
    );
    if (quote < 0) break;
    at = stringEnd(text, quote);
    parts.push(text.slice(quote, at));
  }
  return { text: parts.join(''), count };
}

/** One past the quote that closes the string opened at `quote`. */
function stringEnd(text: string, quote: number): number {
  let at = quote + 1;
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
