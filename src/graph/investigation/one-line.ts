/** Text that a person typed or a file brought, as one line without control characters, at most so long. */
export function oneLine(text: string, longest: number): string {
  return text
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, longest)
    .trimEnd();
}
