import type { LikelyToken } from '../../src/engine/protocol.ts';

/** What a graph may explain: as the command line's `--target` takes it, undefined for the salient tokens. */
export interface TargetChoice {
  readonly target: string | undefined;
  readonly label: string;
  readonly detail: string;
}

/** A token as a person reads it: quoted, with what cannot be seen made visible. */
export function shownToken(text: string): string {
  const visible = text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll('\r', '␍').replaceAll(' ', '·');
  return `“${visible}”`;
}

/** 99.8 %, 0.12 %, < 0.01 % */
export function shownProbability(probability: number): string {
  const percent = 100 * probability;
  if (percent > 0 && percent < 0.01) return '< 0.01 %';
  return `${percent >= 10 ? percent.toFixed(1) : percent.toFixed(2)} %`;
}

/** A token as a target: its text in quotes, which people can read in the file, or its id where the text is odd. */
export function tokenTarget({ id, text }: LikelyToken): string {
  return /^ ?[\p{L}\p{N}]+$/u.test(text) ? JSON.stringify(text) : String(id);
}

export function differenceTarget(plus: LikelyToken, minus: LikelyToken): string {
  return `${tokenTarget(plus)} - ${tokenTarget(minus)}`;
}

/** One token, for each of the likeliest. */
export function tokenChoices(top: readonly LikelyToken[]): TargetChoice[] {
  return top.map(token => ({
    target: tokenTarget(token),
    label: shownToken(token.text),
    detail: shownProbability(token.probability),
  }));
}

/** Why `plus` and not each of the other likely tokens. */
export function differenceChoices(plus: LikelyToken, top: readonly LikelyToken[]): TargetChoice[] {
  return top
    .filter(({ id }) => id !== plus.id)
    .map(minus => ({
      target: differenceTarget(plus, minus),
      label: `${shownToken(plus.text)} − ${shownToken(minus.text)}`,
      detail: `${shownProbability(plus.probability)} − ${shownProbability(minus.probability)}`,
    }));
}

/**
 * A target that a person typed: token texts in quotes, ids, or a word that is meant as one. `Austin` and ` Austin` become
 * `" Austin"`, as words in the middle of a text have their space in front; `Austin - Sacramento` a difference.
 */
export function typedTarget(text: string): string | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (/^[\d\s,-]+$/.test(trimmed) || trimmed.includes('"')) return trimmed;
  const separator = trimmed.includes(' - ') || trimmed.includes(' − ') ? '-' : ',';
  const parts = trimmed.split(separator === '-' ? / [-−] / : ',');
  return parts
    .map(part => part.trim())
    .filter(part => part !== '')
    .map(part => JSON.stringify(` ${part}`))
    .join(separator === '-' ? ' - ' : ', ');
}
