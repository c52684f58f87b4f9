import { diffLines } from './line-diff.ts';
import { parseInvestigation } from './parse.ts';
import { reconcile } from './reconcile.ts';
import type { Investigation } from './types.ts';
import { orderedInvestigation, writeInvestigation } from './write.ts';

/** `length` UTF-16 units at `offset` become `text`. */
export interface TextEdit {
  readonly offset: number;
  readonly length: number;
  readonly text: string;
}

/**
 * The smallest edits that make the text of an investigation's file say `investigation`: ascending, not overlapping. In a
 * file as `writeInvestigation` writes it they give exactly what it would write; a file that a person formatted
 * otherwise keeps its form, its line ends and the fields that are not known, and gets only the items that differ.
 * Errors: those of `parseInvestigation` for the old text.
 */
export function textEdits(oldText: string, investigation: Investigation): TextEdit[] {
  const newText = newTextOf(oldText, investigation);
  return editsBetween(oldText, newText);
}

function newTextOf(oldText: string, investigation: Investigation): string {
  const old = parseInvestigation(oldText, 'the file');
  const endOfLine = oldText.includes('\r\n') ? '\r\n' : '\n';
  const byteOrderMark = oldText.startsWith('\uFEFF') ? '\uFEFF' : '';
  const inStyle = (text: string): string => byteOrderMark + text.replaceAll('\n', endOfLine);
  const isOurs = inStyle(writeInvestigation(old.investigation)) === oldText;
  // An older version is written anew: its fields are not those of this one.
  if (isOurs || old.version !== investigation.version) return inStyle(writeInvestigation(investigation));
  return byteOrderMark + reconcile(oldText.slice(byteOrderMark.length), orderedInvestigation(investigation), endOfLine);
}

/** Changed lines, each run of them cut down to the characters that differ. */
export function editsBetween(oldText: string, newText: string): TextEdit[] {
  const [before, after] = [oldText.split(/(?<=\n)/), newText.split(/(?<=\n)/)];
  const starts = new Float64Array(before.length + 1);
  before.forEach((line, i) => (starts[i + 1] = starts[i] + line.length));
  return diffLines(before, after).map(({ oldStart, oldEnd, newStart, newEnd }) =>
    trimmed(starts[oldStart], oldText.slice(starts[oldStart], starts[oldEnd]), after.slice(newStart, newEnd).join('')),
  );
}

function trimmed(offset: number, old: string, text: string): TextEdit {
  let start = 0;
  while (start < old.length && start < text.length && old[start] === text[start]) start++;
  if (start > 0 && isHighSurrogate(old, start - 1)) start--;
  let end = 0;
  while (end < old.length - start && end < text.length - start && old.at(-1 - end) === text.at(-1 - end)) end++;
  if (end > 0 && isLowSurrogate(old, old.length - end)) end--;
  return { offset: offset + start, length: old.length - start - end, text: text.slice(start, text.length - end) };
}

/** An edit never ends inside a character. */
function isHighSurrogate(text: string, at: number): boolean {
  return /[\uD800-\uDBFF]/.test(text[at] ?? '');
}

function isLowSurrogate(text: string, at: number): boolean {
  return /[\uDC00-\uDFFF]/.test(text[at] ?? '');
}

/** The text after edits that `textEdits` made. */
export function applyTextEdits(text: string, edits: readonly TextEdit[]): string {
  let at = 0;
  const parts = edits.flatMap(({ offset, length, text: inserted }) => {
    const kept = text.slice(at, offset);
    at = offset + length;
    return [kept, inserted];
  });
  return [...parts, text.slice(at)].join('');
}
