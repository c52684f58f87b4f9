import type { TargetRequest } from '../attribution/targets.ts';
import type { Tokenizer } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { tokenText } from './prompt.ts';

/** A token id, or a token's text in double quotes as JSON writes it. */
const ITEM = /\s*(?:(\d+)|("(?:[^"\\]|\\.)*"))\s*/y;

/**
 * The targets that `--target` names: `7,3,20`, `" Austin"`, `" Austin", " Dallas"`, or a difference of two: `7 - 3`,
 * `" Austin" - " Sacramento"`. Errors: `usage` for another form, `target` for text that is not one token.
 */
export function readTarget(text: string, tokenizer: Tokenizer | undefined): TargetRequest {
  const tokens: number[] = [];
  const signs = new Set<string>();
  ITEM.lastIndex = 0;
  for (;;) {
    const match = ITEM.exec(text);
    if (match === null) throw notATarget(text);
    tokens.push(match[1] === undefined ? idOf(readString(text, match[2]), tokenizer) : Number(match[1]));
    const at = ITEM.lastIndex;
    if (at === text.length || match.index + match[0].length === text.length) break;
    signs.add(text[at]);
    if (!',-'.includes(text[at])) throw notATarget(text);
    ITEM.lastIndex = at + 1;
  }
  if (!signs.has('-')) return { kind: 'tokens', tokens };
  if (tokens.length !== 2) throw notATarget(text);
  const [plus, minus] = tokens;
  if (plus === minus) {
    throw new CircuitError(
      'target',
      `The target ${text.trim()} is nothing: both tokens are the same.`,
      'Name two different tokens.',
    );
  }
  return {
    kind: 'difference',
    plus,
    minus,
    label: `${tokenText(tokenizer, plus).trim()} - ${tokenText(tokenizer, minus).trim()}`,
  };
}

function readString(target: string, quoted: string): string {
  try {
    return JSON.parse(quoted) as string;
  } catch {
    throw notATarget(target);
  }
}

function idOf(text: string, tokenizer: Tokenizer | undefined): number {
  if (tokenizer !== undefined) return tokenizer.idOf(text);
  throw new CircuitError(
    'target',
    `The target ${JSON.stringify(text)} cannot be looked up: the checkpoint has no tokenizer.json.`,
    'Name targets by token id: 7,3,20.',
    { commandLine: 'Name targets by token id: --target 7,3,20.' },
  );
}

function notATarget(text: string): CircuitError {
  return new CircuitError(
    'usage',
    `The target ${JSON.stringify(text)} is not a list of tokens or a difference of two.`,
    `Write ids (7,3,20) or texts of tokens in double quotes with their space: " Austin" or " Austin" - " Sacramento".`,
    {
      commandLine: `Write --target 7,3,20 or --target '" Austin"' or --target '" Austin" - " Sacramento"' (a token's text in double quotes, with its space).`,
    },
  );
}
