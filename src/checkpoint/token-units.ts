import { sequenceLength, type Surface } from './token-surface.ts';

/** UTF-16 offsets into a text: [start, end). */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** What texts are compared by: a character's base letter; characters that stand for several have several units. */
export interface Unit {
  readonly key: string;
}

/** A unit of a text with its character's span. */
export interface TextUnit extends Unit, Span {}

/** A unit of what tokens spell, with the tokens that its character is made of (several where tokens are bytes). */
export interface TokenUnit extends Unit {
  readonly first: number;
  readonly last: number;
}

/** `leftOut`: characters that no token spells. */
export function textUnits(text: string, leftOut: ReadonlySet<string>): TextUnit[] {
  const units: TextUnit[] = [];
  let start = 0;
  for (const character of text) {
    const end = start + character.length;
    if (!leftOut.has(character)) for (const key of keysOf(character)) units.push({ key, start, end });
    start = end;
  }
  return units;
}

/** `undefined`, an unknown token, has one unit with an empty key, which equals no other. */
export function tokenUnits(surfaces: readonly (Surface | undefined)[]): TokenUnit[] {
  const units: TokenUnit[] = [];
  const add = (character: string, first: number, last: number): void => {
    for (const key of keysOf(character)) units.push({ key, first, last });
  };
  // Bytes of a character that is not complete yet, and the token of its first byte.
  let pending: number[] = [];
  let first = 0;
  const flush = (last: number): void => {
    if (pending.length > 0) add(Buffer.from(pending).toString(), first, last);
    pending = [];
  };
  for (const [token, surface] of surfaces.entries()) {
    if (surface === undefined || 'text' in surface) {
      flush(token - 1);
      if (surface === undefined) units.push({ key: '', first: token, last: token });
      else for (const character of surface.text) add(character, token, token);
      continue;
    }
    for (const byte of surface.bytes) {
      if (pending.length === 0) first = token;
      pending.push(byte);
      if (pending.length >= sequenceLength(pending[0])) flush(token);
    }
  }
  flush(surfaces.length - 1);
  return units;
}

export function isUnknown(unit: Unit | undefined): boolean {
  return unit?.key === '';
}

export function isSpace(unit: Unit | undefined): boolean {
  return unit?.key === ' ';
}

/** Combining marks: they may be composed with, or taken off, the character before them. */
export function isMark(unit: Unit | undefined): boolean {
  return unit !== undefined && marks.test(unit.key);
}

const marks = /^\p{M}/u;
const knownKeys = new Map<string, readonly string[]>();

/**
 * Lower case, compatibility form (NFKD), without marks unless the character is one; every space, and U+2581, is ' '.
 * So texts compare equal through the normalisers that tokenizers have.
 */
function keysOf(character: string): readonly string[] {
  let keys = knownKeys.get(character);
  if (keys === undefined) {
    keys = newKeys(character);
    if (knownKeys.size > 100_000) knownKeys.clear();
    knownKeys.set(character, keys);
  }
  return keys;
}

function newKeys(character: string): string[] {
  if (/^[\p{White_Space}\u2581]$/u.test(character)) return [' '];
  // A lone surrogate is written as U+FFFD in bytes.
  if (/^[\ud800-\udfff]$/.test(character)) return ['\ufffd'];
  const letters = Array.from(character.normalize('NFKD').toLowerCase()).filter(
    letter => !/[\p{M}\p{White_Space}]/u.test(letter),
  );
  // Marks, and characters that NFKD makes a space with a mark, stand for themselves.
  return letters.length === 0 ? [character] : letters;
}
