import { bareText, normalForm } from '../token-text.ts';

/** A text, or a window of one, as the rules see it. */
export interface LabelContext {
  /** Bare texts of the tokens. */
  readonly texts: readonly string[];
  /** The same in normal form. */
  readonly words: readonly string[];
  /** Position in the sequence of the first token. */
  readonly start: number;
  /** The first index whose activation counts. */
  readonly first: number;
  /** The feature's activations, by index; undefined in a text in which it does not fire. */
  readonly activations: Float32Array | undefined;
  /**
   * Texts of one group say the same thing twice (the same prefix up to the peak, or the same text): what a rule owes to
   * one of them it owes to all. NaN for texts in which the feature does not fire.
   */
  readonly group: number;
  /** Index of the largest activation; 0 in a text in which it does not fire. */
  readonly peak: number;
}

/** Delphi's fuzzing threshold: a token is marked if the feature fires on it with this share of the text's peak. */
const MARKED_SHARE = 0.3;

/** What a rule is held against at a position. */
export const SILENT = 0;
export const MARKED = 1;
/** The feature fires, but weakly beside the text's peak: neither right nor wrong to mark. */
export const BETWEEN = 2;
export type Truth = typeof SILENT | typeof MARKED | typeof BETWEEN;

export function truthAt(context: LabelContext, index: number): Truth {
  if (context.activations === undefined || context.activations[index] <= 0) return SILENT;
  return context.activations[index] >= MARKED_SHARE * context.activations[context.peak] ? MARKED : BETWEEN;
}

/** Texts and normal forms of token ids, computed once for each. */
export class TokenForms {
  readonly #tokenText: (token: number) => string;
  readonly #texts = new Map<number, string>();
  readonly #words = new Map<number, string>();

  constructor(tokenText: (token: number) => string) {
    this.#tokenText = tokenText;
  }

  text(token: number): string {
    let text = this.#texts.get(token);
    if (text === undefined) this.#texts.set(token, (text = bareText(this.#tokenText(token))));
    return text;
  }

  word(token: number): string {
    let word = this.#words.get(token);
    if (word === undefined) this.#words.set(token, (word = normalForm(this.#tokenText(token))));
    return word;
  }

  /** `firstPosition`: the first position of a sequence whose activations count. */
  context(
    window: { readonly tokens: Int32Array; readonly start: number },
    firstPosition: number,
    fires?: { readonly activations: Float32Array; readonly group: number },
  ): LabelContext {
    const activations = fires?.activations;
    const tokens = Array.from(window.tokens);
    let peak = 0;
    activations?.forEach((value, i) => {
      if (value > activations[peak]) peak = i;
    });
    return {
      texts: tokens.map(token => this.text(token)),
      words: tokens.map(token => this.word(token)),
      start: window.start,
      first: Math.max(0, firstPosition - window.start),
      activations,
      group: fires?.group ?? NaN,
      peak,
    };
  }
}
