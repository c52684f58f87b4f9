import * as v from 'valibot';
import { parseFields } from './read-fields.ts';
import { pieceOfByte } from './token-surface.ts';

const Step = v.looseObject({ type: v.string() });
type Step = v.InferOutput<typeof Step>;

const id = v.pipe(v.number(), v.integer(), v.minValue(0));

/** BPE: pieces and their ids; Unigram: pieces and their scores, the index is the id. */
export type Vocabulary = Readonly<Record<string, number>> | readonly (readonly [string, number])[];

/** By hand: valibot's records drop keys like "constructor", which are tokens of many models. */
function isVocabulary(value: unknown): value is Vocabulary {
  if (Array.isArray(value)) {
    return value.every(
      (entry: unknown) => Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'number',
    );
  }
  if (typeof value !== 'object' || value === null) return false;
  return Object.values(value).every(id => Number.isSafeInteger(id) && id >= 0);
}

const Fields = v.looseObject({
  added_tokens: v.optional(
    v.array(
      v.looseObject({ id, content: v.pipe(v.string(), v.minLength(1)), special: v.optional(v.boolean(), false) }),
    ),
    [],
  ),
  normalizer: v.nullish(Step),
  pre_tokenizer: v.nullish(Step),
  post_processor: v.nullish(Step),
  decoder: v.nullish(Step),
  model: v.looseObject({
    type: v.optional(v.string()),
    unk_token: v.nullish(v.string()),
    unk_id: v.nullish(id),
    byte_fallback: v.optional(v.boolean(), false),
    vocab: v.custom<Vocabulary>(isVocabulary, 'neither {piece: id} nor [[piece, score]]'),
  }),
});

export type TokenizerJson = v.InferOutput<typeof Fields>;

/** Checks the parts of tokenizer.json that are used here; the rest is the library's. Errors: `file-damaged`. */
export function parseTokenizerJson(path: string, json: unknown): TokenizerJson {
  return parseFields(path, Fields, json);
}

/** Whether pieces are written in GPT-2's byte alphabet (the step may be nested in sequences). */
export function isByteLevel(json: TokenizerJson): boolean {
  return hasStep(json.pre_tokenizer, 'ByteLevel') || hasStep(json.decoder, 'ByteLevel');
}

/** Whether decoding takes off the space that was put in front of the text (Llama 2's Strip, Metaspace's prefix). */
export function dropsFirstSpace(json: TokenizerJson): boolean {
  return (
    hasStep(json.decoder, 'Strip', step => step.content === ' ' && step.start !== 0) ||
    hasStep(json.decoder, 'Metaspace', step => step.prepend_scheme !== 'never' && step.add_prefix_space !== false)
  );
}

function hasStep(step: unknown, type: string, matches: (step: Step) => boolean = () => true): boolean {
  if (!v.is(Step, step)) return false;
  if (step.type === type && matches(step)) return true;
  return Object.values(step).some(value => Array.isArray(value) && value.some(inner => hasStep(inner, type, matches)));
}

/**
 * The steps of `@huggingface/tokenizers` 0.2.0 that split text otherwise than the Rust library, written as `Split` steps,
 * which it does alike: JavaScript's \s takes U+FEFF for a space and misses U+0085, \w and \d are ASCII, Metaspace does
 * not split into words, Punctuation does not split runs.
 */
export function splitAsRustDoes(step: Step | null | undefined): Step | null {
  if (step == null) return null;
  switch (step.type) {
    case 'Sequence': {
      const inner: unknown[] = Array.isArray(step.pretokenizers) ? step.pretokenizers : [];
      return { ...step, pretokenizers: inner.map(each => (v.is(Step, each) ? splitAsRustDoes(each) : each)) };
    }
    case 'ByteLevel':
      // With a prefix space the library must see the text before it is split.
      if (step.use_regex === false || step.add_prefix_space === true) return step;
      return sequence(isolated(GPT2_PATTERN), { ...step, use_regex: false });
    case 'Metaspace': {
      const mark = typeof step.replacement === 'string' ? step.replacement : '\u2581';
      const scheme = step.prepend_scheme ?? (step.add_prefix_space === false ? 'never' : 'always');
      const metaspace = { ...step, prepend_scheme: scheme };
      return step.split === false ? metaspace : sequence(metaspace, isolated(`${mark}[^${mark}]*|[^${mark}]+`));
    }
    case 'Digits':
      return isolated(step.individual_digits === true ? '\\p{N}' : '\\p{N}+');
    case 'Whitespace':
      return matching('\\w+|[^\\w\\s]+');
    case 'WhitespaceSplit':
      return matching('\\S+');
    case 'Punctuation':
      return step.behavior == null || step.behavior === 'Isolated' ? isolated('[\\p{P}$+<=>^`|~]') : step;
    default:
      return step;
  }
}

/**
 * The bytes that a byte-level vocabulary has no token for, as its pieces write them. Where it has no unknown token, the
 * Rust library leaves them out before it merges.
 */
export function bytesWithoutToken({ model }: TokenizerJson): { readonly byte: number; readonly piece: string }[] {
  if (model.unk_token != null || model.byte_fallback || Array.isArray(model.vocab)) return [];
  return Array.from({ length: 256 }, (_, byte) => ({ byte, piece: pieceOfByte(byte) })).filter(
    ({ piece }) => !Object.hasOwn(model.vocab, piece),
  );
}

/** A step after the others that takes characters out of the pieces, which stay whole. */
export function leavingOut(step: Step | null, characters: readonly string[]): Step | null {
  if (step === null || characters.length === 0) return step;
  return sequence(step, {
    type: 'Replace',
    pattern: { Regex: `[${characters.join('').replace(/[\]\\^-]/g, '\\$&')}]` },
    content: '',
  });
}

/** Radford et al. 2019 (GPT-2's encoder.py), as the Rust library has it. */
const GPT2_PATTERN = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";

function sequence(...pretokenizers: Step[]): Step {
  return { type: 'Sequence', pretokenizers };
}

function isolated(pattern: string): Step {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Isolated', invert: false };
}

/** Keeps what matches, drops the rest. */
function matching(pattern: string): Step {
  return { type: 'Split', pattern: { Regex: pattern }, behavior: 'Removed', invert: true };
}
