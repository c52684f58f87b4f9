/**
 * What a vocabulary entry stands for: byte-level pieces (GPT-2's alphabet) and `<0xE2>` stand for bytes, other pieces
 * for characters, in which U+2581 is a space.
 */
export type Surface = { readonly bytes: Uint8Array } | { readonly text: string };

/** GPT-2's alphabet: each byte as a printable character (printable Latin-1 as it is, the others from U+0100 on). */
const CHARACTER_OF_BYTE: readonly string[] = byteAlphabet();
const BYTE_OF_CHARACTER: ReadonlyMap<string, number> = new Map(CHARACTER_OF_BYTE.map((c, byte) => [c, byte]));

function byteAlphabet(): string[] {
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => {
    const printable = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    return String.fromCodePoint(printable ? byte : next++);
  });
}

export function byteLevelSurface(piece: string): Surface {
  const bytes = Array.from(piece, character => BYTE_OF_CHARACTER.get(character));
  return bytes.every(byte => byte !== undefined) ? { bytes: Uint8Array.from(bytes) } : { text: piece };
}

export function pieceOfByte(byte: number): string {
  return CHARACTER_OF_BYTE[byte];
}

export function byteLevelPiece(text: string): string {
  return Array.from(Buffer.from(text), pieceOfByte).join('');
}

/** `byteFallback`: whether the model writes unknown characters as `<0xNN>`. */
export function characterSurface(piece: string, byteFallback: boolean): Surface {
  const byte = byteFallback ? /^<0x([0-9A-F]{2})>$/.exec(piece) : null;
  if (byte !== null) return { bytes: Uint8Array.of(parseInt(byte[1], 16)) };
  return { text: piece.replaceAll('\u2581', ' ') };
}

export function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

/** Printable text: bytes that are no whole characters show as `<0xNN>`. */
export function surfaceText(surface: Surface): string {
  if ('text' in surface) return surface.text;
  const { bytes } = surface;
  let text = '';
  for (let i = 0; i < bytes.length;) {
    const length = sequenceLength(bytes[i]);
    const character = length === 0 ? undefined : decoded(bytes.subarray(i, i + length));
    text += character ?? bytePiece(bytes[i]);
    i += character === undefined ? 1 : length;
  }
  return text;
}

/**
 * The text of several pieces in a row; bytes that are no characters become U+FFFD. (The library's own decoder drops
 * U+FEFF where it is written as bytes.)
 */
export function joinSurfaces(surfaces: readonly Surface[], joint: string): string {
  const bytes = surfaces.flatMap((surface, i) => [
    Buffer.from(i > 0 ? joint : ''),
    'bytes' in surface ? surface.bytes : Buffer.from(surface.text),
  ]);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.concat(bytes));
}

/** How many bytes the UTF-8 character has that starts with `lead`; 0 where none starts. */
export function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return 0;
  return lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
