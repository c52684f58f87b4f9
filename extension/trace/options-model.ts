import type { LikelyToken, ModelDescription, PredictResult, PromptToken } from '../../src/engine/protocol.ts';
import { shownProbability, shownTarget, shownToken, type TargetChoice } from './target-choices.ts';

/** What the options of a trace are at the moment. */
export interface ChosenOptions {
  /** Without `target`: the salient tokens. */
  readonly explained: Pick<TargetChoice, 'target' | 'tokens'>;
  readonly specialAsText: boolean;
  readonly chat: boolean;
  /** Undefined: as many as the model's kind of graph has by default. */
  readonly maxFeatureNodes: number | undefined;
}

export type OptionAction = 'trace' | 'target' | 'tokens' | 'special' | 'chat' | 'budget' | 'model';

/** One line of the list of options; texts are numbers and names, the words around them are the caller's. */
export interface OptionLine {
  readonly action: OptionAction;
  readonly value: string;
  readonly detail?: string;
}

/**
 * The lines of the options list: what to trace, what is explained, the tokens as the model sees them; special tokens and
 * the chat template only where they make a difference.
 */
export function optionLines(
  { tokens, top }: PredictResult,
  model: Pick<ModelDescription, 'name' | 'hasChatTemplate' | 'provider' | 'defaultBudget'>,
  options: ChosenOptions,
  salient: { readonly maxLogits: number; readonly logitProbability: number },
): OptionLine[] {
  const spelled = tokens.filter(token => token.special === true);
  const lines: OptionLine[] = [
    { action: 'trace', value: nextTokens(top) },
    {
      action: 'target',
      value:
        options.explained.target === undefined
          ? salientTokens(top, salient)
              .map(({ text }) => shownToken(text))
              .join(', ')
          : shownTarget(options.explained),
    },
    { action: 'tokens', value: String(tokens.length), detail: tokenLine(tokens) },
  ];
  // A message in the template is read as the template's own text is.
  if (!options.chat && (spelled.length > 0 || options.specialAsText)) {
    lines.push({ action: 'special', value: [...new Set(spelled.map(({ text }) => text))].join(' ') });
  }
  if (model.hasChatTemplate) lines.push({ action: 'chat', value: options.chat ? 'on' : 'off' });
  lines.push({ action: 'budget', value: String(options.maxFeatureNodes ?? model.defaultBudget) });
  lines.push({ action: 'model', value: model.name, detail: model.provider });
  return lines;
}

/** The likeliest next tokens with their probabilities, in one line. */
export function nextTokens(top: readonly LikelyToken[], count = 4): string {
  return top
    .slice(0, count)
    .map(({ text, probability }) => `${shownToken(text)} ${shownProbability(probability)}`)
    .join(', ');
}

/** The tokens that salient logits stand for: one more than stay below the probability, as the engine chooses. */
export function salientTokens(
  top: readonly LikelyToken[],
  { maxLogits, logitProbability }: { readonly maxLogits: number; readonly logitProbability: number },
): readonly LikelyToken[] {
  let sum = 0;
  const end = top.findIndex(({ probability }) => (sum += probability) >= logitProbability);
  return top.slice(0, Math.min(maxLogits, end < 0 ? top.length : end + 1));
}

/** The prompt in its pieces: bars between tokens, a dot for a space in front, special tokens in brackets. */
export function tokenLine(tokens: readonly PromptToken[]): string {
  return tokens.map(shownPiece).join('|');
}

/** One token: `·capital`, `⏎`, `⟨<bos>⟩` for special tokens, whether added or spelled out. */
export function shownPiece({ text, start, special }: PromptToken): string {
  const visible = text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll(' ', '·');
  return start === null || special === true ? `⟨${visible}⟩` : visible;
}
