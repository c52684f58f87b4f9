import { corpusWords } from './vocabulary.ts';

export const PAD_ID = 0;
export const BOS_ID = 1;
export const EOS_ID = 2;
export const UNK_ID = 3;
const SPECIAL_TOKENS = ['<pad>', '<bos>', '<eos>', '<unk>'] as const;

/** Stands for a space in pieces (U+2581), as in the tokenizers of Llama and Gemma. */
export const SPACE = '\u2581';

/** A word with the space before it, or one other character. Used on text in which spaces are U+2581. */
const PIECE_PATTERN = `${SPACE}?[\\p{L}\\p{M}\\p{N}]+|[^\\p{L}\\p{M}\\p{N}]`;

/** What `tokenizer.json` holds, as far as this corpus uses the format. */
export interface TokenizerJson {
  version: '1.0';
  truncation: null;
  padding: null;
  added_tokens: {
    id: number;
    content: string;
    single_word: boolean;
    lstrip: boolean;
    rstrip: boolean;
    normalized: boolean;
    special: boolean;
  }[];
  normalizer: object;
  pre_tokenizer: object;
  post_processor: object;
  decoder: object;
  model: {
    type: 'BPE';
    dropout: null;
    unk_token: string;
    continuing_subword_prefix: null;
    end_of_word_suffix: null;
    fuse_unk: boolean;
    byte_fallback: boolean;
    ignore_merges: boolean;
    vocab: Record<string, number>;
    merges: string[];
  };
}

/**
 * The tokenizer in Hugging Face's format: a BPE without merges that takes a whole word where it knows it
 * (`ignore_merges`) and else spells it in printable ASCII and, for the rest, bytes (`byte_fallback`). So a known word is
 * one token and any text round-trips, apart from U+2581 itself, which becomes a space. Unigram, the other candidate, has
 * no byte fallback in `@huggingface/tokenizers`. Normalizer and decoder are Llama 2's.
 */
export function buildTokenizer(): TokenizerJson {
  const vocab = Object.fromEntries(pieces().map((piece, id) => [piece, id]));
  const bos = SPECIAL_TOKENS[BOS_ID];
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: SPACE },
        { type: 'Replace', pattern: { String: ' ' }, content: SPACE },
      ],
    },
    pre_tokenizer: { type: 'Split', pattern: { Regex: PIECE_PATTERN }, behavior: 'Isolated', invert: false },
    post_processor: {
      type: 'TemplateProcessing',
      single: [{ SpecialToken: { id: bos, type_id: 0 } }, { Sequence: { id: 'A', type_id: 0 } }],
      pair: [
        { SpecialToken: { id: bos, type_id: 0 } },
        { Sequence: { id: 'A', type_id: 0 } },
        { SpecialToken: { id: bos, type_id: 1 } },
        { Sequence: { id: 'B', type_id: 1 } },
      ],
      special_tokens: { [bos]: { id: bos, ids: [BOS_ID], tokens: [bos] } },
    },
    decoder: {
      type: 'Sequence',
      decoders: [
        { type: 'Replace', pattern: { String: SPACE }, content: ' ' },
        { type: 'ByteFallback' },
        { type: 'Fuse' },
        { type: 'Strip', content: ' ', start: 1, stop: 0 },
      ],
    },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: SPECIAL_TOKENS[UNK_ID],
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: true,
      ignore_merges: true,
      vocab,
      merges: [],
    },
  };
}

/** What `tokenizer_config.json` holds. */
export function buildTokenizerConfig(): Record<string, string | boolean | number> {
  const [pad_token, bos_token, eos_token, unk_token] = SPECIAL_TOKENS;
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    add_bos_token: true,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    pad_token,
    bos_token,
    eos_token,
    unk_token,
  };
}

/** All pieces in the order of their ids: special tokens, the space, printable ASCII, bytes, words. */
function pieces(): string[] {
  const ascii = range(0x21, 0x7e).map(code => String.fromCharCode(code));
  // Bytes that UTF-8 never uses (c0, c1, f5-ff) and printable ASCII, which has its own pieces, are left out.
  const bytes = [...range(0x00, 0x1f), ...range(0x7f, 0xbf), ...range(0xc2, 0xf4)].map(bytePiece);
  const words = corpusWords().map(word => SPACE + word);
  return [...SPECIAL_TOKENS, SPACE, ...ascii, ...bytes, ...words];
}

export function bytePiece(byte: number): string {
  return `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`;
}

function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
