import { badValue, type ValueReader } from './options.ts';

/** Any text but the empty one: a path or a name. */
export const path: ValueReader<string> = (text, name) => {
  if (text === '') throw badValue(name, text, 'a path');
  return text;
};

/** Any text at all. */
export const anyText: ValueReader<string> = text => text;

/** A whole number of at least `least`. */
export function integer(least: number, most = Number.MAX_SAFE_INTEGER): ValueReader<number> {
  const range = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  return (text, name) => {
    const number = /^[+-]?\d+$/.test(text) ? Number(text) : NaN;
    if (!(number >= least && number <= most)) throw badValue(name, text, `a whole number ${range}`);
    return number;
  };
}

/** A number from 0 to 1. */
export const share: ValueReader<number> = (text, name) => {
  const number = decimal(text);
  if (!(number >= 0 && number <= 1)) throw badValue(name, text, 'a number from 0 to 1');
  return number;
};

/** A number above 0. */
export const positive: ValueReader<number> = (text, name) => {
  const number = decimal(text);
  if (!(number > 0 && Number.isFinite(number))) throw badValue(name, text, 'a number above 0');
  return number;
};

export function oneOf<const Choice extends string>(choices: readonly Choice[]): ValueReader<Choice> {
  return (text, name) => {
    const found = choices.find(choice => choice === text);
    if (found === undefined) throw badValue(name, text, `one of ${choices.join(', ')}`);
    return found;
  };
}

/** Token ids, separated by commas. */
export const tokenIds: ValueReader<readonly number[]> = (text, name) => {
  const ids = text.split(',').map(part => (/^\s*\d+\s*$/.test(part) ? Number(part) : NaN));
  if (!ids.every(Number.isSafeInteger)) throw badValue(name, text, 'a list of token ids such as 0,5,11');
  return ids;
};

/** Whole numbers of at least 1, separated by commas. */
export const counts: ValueReader<readonly number[]> = (text, name) => {
  const numbers = text.split(',').map(part => (/^\s*[1-9]\d*\s*$/.test(part) ? Number(part) : NaN));
  if (!numbers.every(Number.isSafeInteger)) throw badValue(name, text, 'a whole number, or a list such as 12,9,9');
  return numbers;
};

function decimal(text: string): number {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : NaN;
}
