import type { LikelyToken } from '../../src/engine/protocol.ts';

/** What a graph may explain: as the command line's `--target` takes it, undefined for the salient tokens. */
export interface TargetChoice {
  readonly target: string | undefined;
  /** What it names, in its order. */
  readonly tokens: readonly LikelyToken[];
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
    tokens: [token],
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
      tokens: [plus, minus],
      label: `${shownToken(plus.text)} − ${shownToken(minus.text)}`,
      detail: `${shownProbability(plus.probability)} − ${shownProbability(minus.probability)}`,
    }));
}

/** A chosen target with the probabilities of its tokens. */
export function shownTarget({ target, tokens }: Pick<TargetChoice, 'target' | 'tokens'>): string {
  const sign = target !== undefined && isDifference(target) ? ' − ' : ', ';
  return tokens.map(({ text, probability }) => `${shownToken(text)} ${shownProbability(probability)}`).join(sign);
}

/** Whether a target, as the engine takes it, is a difference: a minus outside the quotes. */
function isDifference(target: string): boolean {
  return target.replaceAll(/"(?:[^"\\]|\\.)*"/g, '').includes('-');
}

/**
 * What a person may mean by a target that they typed, the likeliest first: token texts in quotes and ids stay as they
 * are. `Austin` is `" Austin"`, as words in the middle of a text have their space in front, else `"Austin"`;
 * `Austin - Sacramento` is a difference. None for an empty text.
 */
export function typedTargets(text: string): string[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (/^[\d\s,-]+$/.test(trimmed) || trimmed.includes('"')) return [trimmed];
  const isPair = / [-−] /.test(trimmed);
  const parts = trimmed
    .split(isPair ? / [-−] / : ',')
    .map(part => part.trim())
    .filter(part => part !== '');
  const written = (space: string): string =>
    parts.map(part => JSON.stringify(`${space}${part}`)).join(isPair ? ' - ' : ', ');
  return [written(' '), written('')];
}
