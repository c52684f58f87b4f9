let translations: Readonly<Record<string, string>> = {};

/** Takes what the host gave with the page, translations by their English; anything else leaves English. */
export function setTranslations(given: string | undefined): void {
  translations = {};
  try {
    const texts: unknown = JSON.parse(given ?? '{}');
    if (typeof texts !== 'object' || texts === null) return;
    const known = Object.entries(texts).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    translations = Object.fromEntries(known);
  } catch {
    // The page is shown in English.
  }
}

/** A text in the editor's language; `{0}` stands for the first value. */
export function translated(text: string, ...values: readonly (string | number)[]): string {
  const known = Object.hasOwn(translations, text) ? translations[text] : text;
  return known.replaceAll(/\{(\d)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}
