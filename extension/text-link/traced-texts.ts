import type { PromptToken } from '../../src/engine/protocol.ts';
import { placeInDocument, type Place, type SelectedPrompt, type TextLines } from '../trace/prompt-selection.ts';

export interface PlaceRange {
  readonly start: Place;
  readonly end: Place;
}

/**
 * Where the prompt stands now in a document that may have been edited since it was traced: at the place it was, if its
 * text is still there, else the nearest other place; undefined if it is gone.
 */
export function findPrompt(document: TextLines, text: string, start: Place): SelectedPrompt | undefined {
  const lines = text.split('\n');
  const last = document.lineCount - lines.length;
  let best: Place | undefined;
  // Line by line away from where it was: lines count more than characters, so the first line that has it decides.
  for (let away = 0; best === undefined && away <= Math.max(start.line, last - start.line); away++) {
    for (const line of away === 0 ? [start.line] : [start.line - away, start.line + away]) {
      if (line < 0 || line > last) continue;
      for (const character of charactersWhere(document, lines, line)) {
        if (best === undefined || distance({ line, character }, start) < distance(best, start)) {
          best = { line, character };
        }
      }
    }
  }
  return best === undefined ? undefined : { text, start: best };
}

function charactersWhere(document: TextLines, lines: readonly string[], line: number): number[] {
  const first = document.lineAt(line).text;
  if (lines.length > 1) {
    const fits = lines.every((text, i) => {
      const own = document.lineAt(line + i).text;
      return i === 0 ? own.endsWith(text) : i === lines.length - 1 ? own.startsWith(text) : own === text;
    });
    return fits ? [first.length - lines[0].length] : [];
  }
  const found: number[] = [];
  for (let at = first.indexOf(lines[0]); at >= 0; at = first.indexOf(lines[0], at + 1)) found.push(at);
  return found;
}

/** Lines count more than characters. */
function distance(a: Place, b: Place): number {
  return 1e6 * Math.abs(a.line - b.line) + Math.abs(a.character - b.character);
}

/** The characters of a token in the document; undefined for tokens that were added. */
export function tokenRange(prompt: SelectedPrompt, token: PromptToken | undefined): PlaceRange | undefined {
  if (token?.start == null || token.end === null) return undefined;
  return { start: placeInDocument(prompt, token.start), end: placeInDocument(prompt, token.end) };
}

/** The position of the token that holds `place`: of several in one character the first. Null outside the prompt. */
export function positionAt(prompt: SelectedPrompt, tokens: readonly PromptToken[], place: Place): number | null {
  const inside = tokens.findIndex(token => {
    const range = tokenRange(prompt, token);
    return range !== undefined && !isBefore(place, range.start) && isBefore(place, range.end);
  });
  if (inside >= 0) return inside;
  // Behind the last character the cursor is still at the last token.
  const last = tokenRange(prompt, tokens.at(-1));
  return last !== undefined && place.line === last.end.line && place.character === last.end.character
    ? tokens.length - 1
    : null;
}

function isBefore(a: Place, b: Place): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
