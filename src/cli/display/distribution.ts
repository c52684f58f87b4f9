import type { Output } from '../frame/output.ts';
import { clipped, padded, printable } from '../frame/text.ts';
import type { LikelyToken } from '../../trace/likeliest.ts';

const BAR = 32;
/** Eighths of a column. */
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
const WIDEST_TOKEN = 24;

/** The likeliest next tokens of a prompt as bars. */
export function distributionLines(
  prompt: string,
  top: readonly LikelyToken[],
  { style, width }: Pick<Output, 'style' | 'width'>,
): string[] {
  const texts = top.map(({ text }) => clipped(quoted(text), WIDEST_TOKEN));
  const column = Math.max(...texts.map(text => text.length));
  return [
    `${style.bold('Next token')} after ${clipped(quoted(prompt), width - 17)}`,
    ...top.map(
      ({ probability }, i) =>
        `  ${padded(texts[i], column)} ${percent(probability).padStart(7)}  ${style.cyan(bar(probability, BAR))}`,
    ),
  ];
}

/** A share of 1 as a bar of at most `width` columns. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  return '█'.repeat(Math.floor(eighths / 8)) + BLOCKS[eighths % 8];
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** A token or prompt in quotes, so that its spaces are seen. */
export function quoted(text: string): string {
  return `"${printable(text)}"`;
}
