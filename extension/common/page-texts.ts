import { l10n } from './texts.ts';

/** Translations of what a page says, by their English: scripts/translatable-texts.ts finds the lists of the pages. */
export function pageTexts(texts: readonly string[]): Record<string, string> {
  const { t } = l10n;
  return Object.fromEntries(texts.map(text => [text, t(text)]));
}
