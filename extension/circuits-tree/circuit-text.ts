import { oneLine } from '../../src/graph/investigation/one-line.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { l10n } from '../common/texts.ts';
import type { GraphMetadata } from '../../src/graph/types.ts';

/** What a sidebar shows of a line. */
const LONGEST_TITLE = 34;

/** The end of the prompt: what comes before the next token tells prompts apart. */
export function circuitTitle({ prompt }: Investigation): string {
  const line = oneLine(prompt, Infinity);
  return line.length > LONGEST_TITLE ? `…${line.slice(-LONGEST_TITLE)}` : line || l10n.t('(empty prompt)');
}

/** The target and the graph's scores: `" Austin" · replacement .88 · completeness .97`. */
export function scoreText({ settings }: Investigation, metadata: GraphMetadata | undefined): string {
  const { replacementScore, completenessScore, details } = metadata?.trace ?? {};
  const share = (value: number): string => value.toFixed(2).replace(/^0/, '');
  return [
    settings.target === undefined ? likeliest(details?.top) : `→ ${settings.target}`,
    replacementScore === undefined ? '' : l10n.t('replacement {0}', share(replacementScore)),
    completenessScore === undefined ? '' : l10n.t('completeness {0}', share(completenessScore)),
  ]
    .filter(Boolean)
    .join(' · ');
}

function likeliest(top: unknown): string {
  const first: unknown = Array.isArray(top) ? top[0] : undefined;
  const isToken = typeof first === 'object' && first !== null && 'text' in first && typeof first.text === 'string';
  return isToken ? `→ ${oneLine(first.text as string, LONGEST_TITLE)}` : '';
}
