import type { Prompt } from './prompt.ts';

/** Words of a prompt that the tokenizer had to spell letter by letter: a model of whole words does not know them. */
export function spelledWords({ text, tokens }: Prompt): string[] {
  const found = new Set<string>();
  for (const match of text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)) {
    const end = match.index + match[0].length;
    const inside = tokens.filter(token => token.start !== null && token.end! > match.index && token.start < end);
    if (inside.length > 1) found.add(match[0]);
  }
  return [...found];
}
