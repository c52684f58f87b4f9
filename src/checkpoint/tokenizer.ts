import type { Tokenizer as Library } from '@huggingface/tokenizers';
import { CircuitError } from '../errors.ts';
import { tokenOffsets } from './token-offsets.ts';
import {
  byteLevelPiece,
  byteLevelSurface,
  bytePiece,
  characterSurface,
  joinSurfaces,
  surfaceText,
  type Surface,
} from './token-surface.ts';

/** A token of a prompt. Offsets count UTF-16 units of the prompt; null for tokens that were added to it. */
export interface PromptToken {
  readonly id: number;
  /** Printable, with its leading space. */
  readonly text: string;
  readonly start: number | null;
  readonly end: number | null;
}

export interface EncodedPrompt {
  readonly ids: readonly number[];
  readonly tokens: readonly PromptToken[];
}

/** What a tokenizer is made of besides the library's object. */
export interface TokenizerParts {
  /** The tokenizer.json, for messages. */
  readonly path: string;
  readonly isByteLevel: boolean;
  readonly byteFallback: boolean;
  /** What decoding puts between tokens: nothing where there is a decoder, else a space. */
  readonly joint: '' | ' ';
  readonly dropsFirstSpace: boolean;
  readonly unknownId: number | undefined;
  /** How a text spells the unknown token. */
  readonly unknownText: string | undefined;
  /** Characters of one byte that have no token and so are in none. */
  readonly leftOut: ReadonlySet<string>;
  readonly addedIds: ReadonlySet<number>;
  readonly specialIds: ReadonlySet<number>;
  /** Added tokens that tokenizer.json marks as special: text that spells one becomes it. */
  readonly markedIds: ReadonlySet<number>;
  readonly bosId: number | undefined;
  readonly eosId: number | undefined;
  readonly padId: number | undefined;
  /** Of the vocabulary without added tokens. */
  readonly largestId: number;
}

export interface EncodeOptions {
  /** Text that spells a special token stays text. Default false. */
  readonly specialAsText?: boolean;
}

/** Text to tokens and back, by `@huggingface/tokenizers`, with the offsets that it does not give. */
export class Tokenizer {
  readonly parts: TokenizerParts;
  readonly #library: Library;
  readonly #makePlain: () => Library;
  #plain: Library | undefined;

  /** `plain` makes the same tokenizer without its special tokens. */
  constructor(library: Library, parts: TokenizerParts, plain: () => Library) {
    this.#library = library;
    this.parts = parts;
    this.#makePlain = plain;
  }

  get path(): string {
    return this.parts.path;
  }
  /** Tokens with a role (transformers' all_special_ids): a prompt that starts with one gets no other. */
  get specialIds(): ReadonlySet<number> {
    return this.parts.specialIds;
  }
  /** Whether `id` is a special token: one with a role, or marked as special. */
  isSpecial(id: number): boolean {
    return this.parts.specialIds.has(id) || this.parts.markedIds.has(id);
  }
  get bosId(): number | undefined {
    return this.parts.bosId;
  }
  get eosId(): number | undefined {
    return this.parts.eosId;
  }
  get padId(): number | undefined {
    return this.parts.padId;
  }

  /** The ids alone, nothing added: what corpora need. */
  encodeIds(text: string): number[] {
    return text === '' ? [] : this.#library.encode(text, { add_special_tokens: false }).ids;
  }

  /**
   * The tokens of `text`, nothing added. Each carries the span of the characters that it stands for, spaces included; a
   * token inside one character carries the whole character's span, and so does a space that was put before it.
   */
  encode(text: string, { specialAsText = false }: EncodeOptions = {}): EncodedPrompt {
    if (text === '') return { ids: [], tokens: [] };
    const library = specialAsText ? (this.#plain ??= this.#makePlain()) : this.#library;
    const { ids, tokens: pieces } = library.encode(text, { add_special_tokens: false });
    const surfaces = ids.map((id, i) => (this.#isUnknown(id, pieces[i]) ? undefined : this.#surface(id, pieces[i])));
    const spans = tokenOffsets(text, surfaces, this.parts);
    return { ids, tokens: ids.map((id, i) => ({ id, text: this.tokenText(id), ...spans[i] })) };
  }

  /** The tokens of `text` after the beginning-of-sequence token where the rule asks for one. */
  encodePrompt(text: string, options?: EncodeOptions): EncodedPrompt {
    const { ids, tokens } = this.encode(text, options);
    const withBeginning = this.addBeginningOfSequence(ids);
    if (withBeginning.length === ids.length) return { ids, tokens };
    const id = withBeginning[0];
    return { ids: withBeginning, tokens: [{ id, text: this.tokenText(id), start: null, end: null }, ...tokens] };
  }

  /**
   * circuit-tracer's rule: a first token that is not special gets the bos token before it, else pad, else eos, else any
   * special one. (circuit-tracer itself passes over an id of 0.) Without special tokens the ids stay.
   */
  addBeginningOfSequence(ids: readonly number[]): number[] {
    const { bosId, padId, eosId, specialIds } = this.parts;
    if (ids.length > 0 && specialIds.has(ids[0])) return [...ids];
    const beginning = bosId ?? padId ?? eosId ?? [...specialIds].at(0);
    return beginning === undefined ? [...ids] : [beginning, ...ids];
  }

  /** The text of ids, special tokens included, without the space that the tokenizer puts in front of a text. */
  decode(ids: readonly number[]): string {
    const surfaces = ids.map(id => this.#surface(id, this.#library.id_to_token(id) ?? ''));
    const text = joinSurfaces(surfaces, this.parts.joint);
    return this.parts.dropsFirstSpace && text.startsWith(' ') ? text.slice(1) : text;
  }

  /** One token as printable text with its leading space; bytes that are no whole characters show as `<0xNN>`. */
  tokenText(id: number): string {
    const piece = this.#library.id_to_token(id);
    return piece === undefined ? `<${id}>` : surfaceText(this.#surface(id, piece));
  }

  /**
   * The id of the one token whose text is `text` (" Austin" with its space). Errors: `target`, naming the pieces that
   * the text falls into, and the token with or without a leading space where that exists.
   */
  idOf(text: string): number {
    const id = this.#lookUp(text);
    if (id !== undefined) return id;
    const pieces = this.encode(text)
      .tokens.map(token => JSON.stringify(token.text))
      .join(' ');
    const other = text.startsWith(' ') ? text.slice(1) : ` ${text}`;
    const hint = this.#lookUp(other) === undefined ? '' : ` ${JSON.stringify(other)} is one token.`;
    throw new CircuitError(
      'target',
      `${JSON.stringify(text)} is not one token of ${this.path}${pieces === '' ? '' : `; it falls into ${pieces}`}.`,
      `Choose a target that is one token, or give a token id.${hint}`,
    );
  }

  #lookUp(text: string): number | undefined {
    const { isByteLevel } = this.parts;
    const piece = isByteLevel ? byteLevelPiece(text) : text.replaceAll(' ', '\u2581');
    // A line break is a byte piece in Llama 2; a byte that is no character by itself has no text to look up.
    for (const candidate of [text, piece, bytePiece(text.charCodeAt(0))]) {
      const id = this.#library.token_to_id(candidate);
      if (id !== undefined && this.tokenText(id) === text) return id;
    }
    return undefined;
  }

  #surface(id: number, piece: string): Surface {
    if (this.parts.addedIds.has(id)) return { text: piece };
    return this.parts.isByteLevel ? byteLevelSurface(piece) : characterSurface(piece, this.parts.byteFallback);
  }

  /** Unigram models give the unknown text as the piece, BPE ones the name of the unknown token. */
  #isUnknown(id: number, piece: string): boolean {
    return id === this.parts.unknownId && piece === this.#library.id_to_token(id);
  }
}
