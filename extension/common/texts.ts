type Translate = (text: string, ...values: readonly (string | number)[]) => string;

let translate: Translate = (text, ...values) =>
  text.replaceAll(/\{(\d)\}/g, (place, index: string) => String(values[Number(index)] ?? place));

/** Takes the editor's translations, once, when the extension is activated; before that, and in tests, texts are English. */
export function setTranslations(by: Translate): void {
  translate = by;
}

/** `vscode.l10n` for files that do not know the editor. */
export const l10n = { t: (...asked: Parameters<Translate>): string => translate(...asked) };
