import { CircuitError } from '../errors.ts';
import { withoutNotFinite } from './json-not-finite.ts';

/** A value that is held whole (an object of the metadata, a batch of nodes): beyond this it is no graph file. */
const LARGEST_SEGMENT_BYTES = 256 * 2 ** 20;
/** Real files nest five levels. */
const DEEPEST_NESTING = 64;
/** Elements of a streamed array are parsed together once they fill this. */
const BATCH_BYTES = 64 * 1024;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = new Set([0xef, 0xbb, 0xbf]);

export interface JsonObjectHandler {
  /** What to do with a field: its elements one batch after another, its value, or nothing. */
  readonly fields: ReadonlyMap<string, 'elements' | 'value'>;
  readonly onElements: (field: string, elements: unknown[]) => void;
  readonly onValue: (field: string, value: unknown) => void;
  /** Python's NaN, Infinity and -Infinity, which JSON does not have, are read as null; this counts them. */
  readonly onNotFinite: (field: string, count: number) => void;
}

/**
 * Reads one JSON object piece by piece, so that a file may be larger than a string or the memory. Brackets and commas
 * of the object itself and of the streamed arrays are checked here, everything within them by JSON.parse; fields that
 * nobody wants are skipped unread.
 * Errors: `file-damaged` (not JSON, cut short), `file-unsupported` (a limit); each names the file and the field.
 */
export class JsonObjectStream {
  readonly #file: string;
  readonly #handler: JsonObjectHandler;
  #state: 'start' | 'key' | 'value' | 'elements' | 'end' = 'start';
  #depth = 0;
  #inString = false;
  #escaped = false;
  /** The field that is being read. */
  #field = '';
  /** A comma came last, so that a closing bracket may not follow. */
  #afterComma = false;
  /** The streamed array of this field is complete: nothing but a comma or the end may follow. */
  #arrayDone = false;
  #pieces: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(file: string, handler: JsonObjectHandler) {
    this.#file = file;
    this.#handler = handler;
  }

  push(chunk: Uint8Array): void {
    let start = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i];
      if (this.#inString) {
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) this.#inString = false;
        continue;
      }
      switch (byte) {
        case QUOTE:
          this.#inString = true;
          this.#expectInside(byte);
          break;
        case OPEN_OBJECT:
        case OPEN_ARRAY:
          if (++this.#depth > DEEPEST_NESTING) throw this.#error(`nests deeper than ${DEEPEST_NESTING} levels`);
          if (this.#opens(byte, chunk.subarray(start, i))) start = i + 1;
          break;
        case CLOSE_OBJECT:
        case CLOSE_ARRAY:
          this.#depth--;
          if (this.#closes(byte, chunk.subarray(start, i))) start = i + 1;
          break;
        case COLON:
          if (this.#depth === 1 && this.#state !== 'elements') {
            this.#readKey(chunk.subarray(start, i));
            start = i + 1;
          }
          break;
        case COMMA:
          if (this.#separates(chunk.subarray(start, i), i - start)) start = i + 1;
          break;
        default:
          this.#expectInside(byte);
      }
    }
    this.#hold(chunk.subarray(start));
  }

  end(): void {
    if (this.#state === 'end' && !this.#inString) return;
    throw new CircuitError(
      'file-damaged',
      this.#state === 'start' ? `${this.#file} is empty.` : `${this.#file} ends in the middle of ${this.#place()}.`,
      'The file was cut short: fetch or write it again.',
    );
  }

  /** Around the object nothing but white space may stand, and a byte order mark before it. */
  #expectInside(byte: number): void {
    if ((this.#state !== 'start' && this.#state !== 'end') || SPACES.has(byte)) return;
    if (this.#state === 'end') throw this.#error('goes on after its end');
    if (!BYTE_ORDER_MARK.has(byte)) throw this.#error('is not a JSON object');
  }

  /** True if the bracket is this reader's own. */
  #opens(byte: number, before: Uint8Array): boolean {
    if (this.#state === 'start') {
      if (byte !== OPEN_OBJECT) throw this.#error('is not a JSON object');
      this.#take(before);
      this.#state = 'key';
      return true;
    }
    if (this.#state === 'end') throw this.#error('goes on after its end');
    const streams = this.#state === 'value' && this.#depth === 2 && this.#wanted() === 'elements';
    if (!streams || byte !== OPEN_ARRAY) return false;
    if (this.#arrayDone || this.#take(before).trim() !== '') throw this.#error('is not valid JSON');
    this.#state = 'elements';
    return true;
  }

  #closes(byte: number, before: Uint8Array): boolean {
    if (this.#state === 'elements' && this.#depth === 1) {
      if (byte !== CLOSE_ARRAY) throw this.#error('is not valid JSON');
      this.#readElements(before);
      this.#state = 'value';
      this.#arrayDone = true;
      return true;
    }
    if (this.#depth > 0) return false;
    if (byte !== CLOSE_OBJECT || this.#state === 'start' || this.#state === 'end')
      throw this.#error('is not valid JSON');
    if (this.#state === 'key') {
      if (this.#afterComma || this.#take(before).trim() !== '') throw this.#error('is not valid JSON');
    } else {
      this.#readValue(before);
    }
    this.#state = 'end';
    return true;
  }

  #separates(before: Uint8Array, length: number): boolean {
    if (this.#depth === 1 && this.#state !== 'elements') {
      if (this.#state !== 'value') throw this.#error('is not valid JSON');
      this.#readValue(before);
      this.#state = 'key';
      this.#afterComma = true;
      return true;
    }
    if (this.#state !== 'elements' || this.#depth !== 2 || this.#heldBytes + length < BATCH_BYTES) return false;
    this.#readElements(before);
    this.#afterComma = true;
    return true;
  }

  #readKey(before: Uint8Array): void {
    if (this.#state !== 'key') throw this.#error('is not valid JSON');
    const key = this.#parse(this.#take(before));
    if (typeof key !== 'string') throw this.#error('is not valid JSON');
    this.#field = key;
    this.#state = 'value';
    this.#afterComma = false;
    this.#arrayDone = false;
  }

  #readValue(before: Uint8Array): void {
    if (this.#arrayDone) {
      if (this.#take(before).trim() !== '') throw this.#error('is not valid JSON');
    } else if (this.#wanted() === undefined) {
      this.#take(before);
    } else {
      this.#handler.onValue(this.#field, this.#parse(this.#take(before)));
    }
  }

  /** Parses the elements up to here; the batches of one array are cut at its commas. */
  #readElements(before: Uint8Array): void {
    const text = this.#take(before);
    if (text.trim() === '' && !this.#afterComma) return;
    const elements = text.trim() === '' ? undefined : this.#parse(`[${text}]`);
    if (!Array.isArray(elements)) throw this.#error('is not valid JSON');
    this.#afterComma = false;
    this.#handler.onElements(this.#field, elements);
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text);
    } catch {
      const mended = withoutNotFinite(text);
      if (mended.count > 0) this.#handler.onNotFinite(this.#field, mended.count);
      try {
        return JSON.parse(mended.text);
      } catch (cause) {
        throw this.#error('is not valid JSON', cause);
      }
    }
  }

  #wanted(): 'elements' | 'value' | undefined {
    return this.#handler.fields.get(this.#field);
  }

  #hold(bytes: Uint8Array): void {
    // Skipped fields are not kept; neither is what surrounds the object.
    if (bytes.length === 0 || this.#state === 'end' || (this.#state === 'value' && this.#wanted() === undefined))
      return;
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > LARGEST_SEGMENT_BYTES) {
      throw new CircuitError(
        'file-unsupported',
        `${this.#file}: ${this.#place()} is larger than ${LARGEST_SEGMENT_BYTES / 2 ** 20} MiB.`,
        'No attribution graph holds such a value: check that this is the right file.',
      );
    }
    this.#pieces.push(bytes.slice());
  }

  #take(last: Uint8Array): string {
    const text = Buffer.concat([...this.#pieces, last]).toString('utf8');
    this.#pieces = [];
    this.#heldBytes = 0;
    return text;
  }

  #place(): string {
    return this.#field === '' ? 'the file' : `the field "${this.#field}"`;
  }

  #error(what: string, cause?: unknown): CircuitError {
    const reason = cause instanceof Error ? ` (${cause.message.slice(0, 120)})` : '';
    const field = this.#field === '' ? '' : ` in or after the field "${this.#field}"`;
    return new CircuitError(
      'file-damaged',
      `${this.#file} ${what}${field}${reason}.`,
      'Fetch or write the file again, and check that it is an attribution graph in JSON.',
      { cause },
    );
  }
}
