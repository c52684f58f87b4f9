import type { Surface } from './token-surface.ts';
import {
  isMark,
  isSpace,
  isUnknown,
  textUnits,
  tokenUnits,
  type Span,
  type TextUnit,
  type TokenUnit,
  type Unit,
} from './token-units.ts';

/** Units that must agree after a difference before both sides are taken to be in step again. */
const AGREEMENT = 3;
/** Normalisers change, add and drop a few characters at a time; a longer difference becomes one block. */
const LONGEST_DIFFERENCE = 32;

/**
 * Where each token came from in `text`, which the tokenizer may have normalised (case, Unicode form, spaces put in
 * front or removed). What the tokens spell is matched with the text from left to right, by the keys of token-units.ts.
 * A space that only the tokens have is a prefix and carries the span of the character after it, as in the Rust library.
 * A combining mark that only one side has belongs to the character before it (Rust leaves it out of the span).
 * Otherwise the shortest difference is a block, whose tokens all carry its span. A token inside one character carries
 * that character's span. `undefined` surfaces (unknown tokens) stand for anything, but where the text spells
 * `unknownText` for that. `leftOut` are characters that no token spells.
 */
export function tokenOffsets(
  text: string,
  surfaces: readonly (Surface | undefined)[],
  { unknownText, leftOut }: { readonly unknownText: string | undefined; readonly leftOut: ReadonlySet<string> },
): Span[] {
  const left = tokenUnits(surfaces);
  const right = textUnits(text, leftOut);
  const spans: Span[] = new Array<Span>(left.length);
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const here = j < right.length ? right[j].start : text.length;
    if (i < left.length && j < right.length && left[i].key === right[j].key && !isSpace(left[i])) {
      spans[i++] = right[j++];
    } else if (unknownText !== undefined && isUnknown(left[i]) && text.startsWith(unknownText, here)) {
      const end = here + unknownText.length;
      spans[i++] = { start: here, end };
      while (j < right.length && right[j].start < end) j++;
    } else if (isMark(left[i]) && isMark(right[j])) {
      // Marks in another order, or one that is written as another.
      spans[i++] = right[j++];
    } else if (isMark(right[j]) && i > 0 && !isPrefixOf(right[j], left, i)) {
      spans[i - 1] = { start: spans[i - 1].start, end: right[j++].end };
    } else if (isMark(left[i]) && i > 0) {
      spans[i] = spans[i - 1];
      i++;
    } else if (isSpace(left[i]) || isSpace(right[j])) {
      const nLeft = runOfSpaces(left, i);
      const nRight = runOfSpaces(right, j);
      // The last ones of the runs belong together: more on the left are prefixes, more on the right were removed.
      const next = j < right.length ? right[j] : { start: here, end: here };
      for (let n = nLeft; n > nRight; n--) spans[i++] = next;
      j += Math.max(0, nRight - nLeft);
      for (let n = Math.min(nLeft, nRight); n > 0; n--) spans[i++] = right[j++];
    } else {
      const [nLeft, nRight] = difference(left, i, right, j);
      const block = { start: here, end: nRight > 0 ? right[j + nRight - 1].end : here };
      for (let n = 0; n < nLeft; n++) spans[i + n] = nLeft === nRight ? right[j + n] : block;
      i += nLeft;
      j += nRight;
    }
  }
  return spansOfTokens(left, spans, surfaces.length);
}

/** The spans of the units of each token together; a token without units stands after the one before. */
function spansOfTokens(units: readonly TokenUnit[], spans: readonly Span[], nTokens: number): Span[] {
  const starts = new Float64Array(nTokens).fill(Infinity);
  const ends = new Float64Array(nTokens).fill(-1);
  for (const [i, { first, last }] of units.entries()) {
    for (let token = first; token <= last; token++) {
      starts[token] = Math.min(starts[token], spans[i].start);
      ends[token] = Math.max(ends[token], spans[i].end);
    }
  }
  let before = 0;
  return Array.from({ length: nTokens }, (_, token) => {
    if (ends[token] < 0) return { start: before, end: before };
    before = ends[token];
    return { start: starts[token], end: before };
  });
}

/** The smallest numbers of units to pass on both sides so that what follows agrees; everything if none is near. */
function difference(left: readonly TokenUnit[], i: number, right: readonly TextUnit[], j: number): [number, number] {
  const leftRest = left.length - i;
  const rightRest = right.length - j;
  // An unknown token stands for at least one character.
  const least = i < left.length && isUnknown(left[i]) ? 1 : 0;
  for (let total = 1; total <= LONGEST_DIFFERENCE; total++) {
    // One for one comes first, then the nearest to it.
    for (let skew = total % 2; skew <= total; skew += 2) {
      for (const nLeft of [(total - skew) / 2, (total + skew) / 2]) {
        const nRight = total - nLeft;
        if (nLeft < least || nRight < least || nLeft > leftRest || nRight > rightRest) continue;
        if (agree(left, i + nLeft, right, j + nRight)) return [nLeft, nRight];
      }
    }
  }
  return [leftRest, rightRest];
}

/** Whether the next units are the same on both sides, apart from spaces and marks. */
function agree(left: readonly Unit[], i: number, right: readonly Unit[], j: number): boolean {
  for (let n = 0; n < AGREEMENT; n++, i++, j++) {
    while (isSpace(left[i]) || isMark(left[i])) i++;
    while (isSpace(right[j]) || isMark(right[j])) j++;
    if (i >= left.length || j >= right.length) return i >= left.length && j >= right.length;
    if (left[i].key !== right[j].key && !isUnknown(left[i])) return false;
  }
  return true;
}

/** Whether spaces on the left are followed by that unit: then they are its prefix, and it is not the mark of another. */
function isPrefixOf({ key }: Unit, left: readonly TokenUnit[], i: number): boolean {
  const next = i + runOfSpaces(left, i);
  return next > i && next < left.length && left[next].key === key;
}

function runOfSpaces(units: readonly Unit[], from: number): number {
  let to = from;
  while (isSpace(units[to])) to++;
  return to - from;
}
