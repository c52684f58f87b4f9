import { join } from 'node:path';
import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import { parseFields, readJson, readText } from './read-fields.ts';
import { exists } from './special-tokens.ts';

/** Published merges are under 300,000 lines. */
const LARGEST_MERGES = 2_000_000;

const AddedToken = v.looseObject({ content: v.pipe(v.string(), v.minLength(1)), special: v.optional(v.boolean()) });
const Fields = v.looseObject({
  tokenizer_class: v.nullish(v.string()),
  add_prefix_space: v.nullish(v.boolean()),
  added_tokens_decoder: v.nullish(
    v.record(v.pipe(v.string(), v.regex(/^\d{1,7}$/, 'expected a token id')), AddedToken),
  ),
});

const BYTE_LEVEL = { type: 'ByteLevel', trim_offsets: true } as const;

/** transformers' slow tokenizers that are byte-level BPE, as the steps of tokenizer.json. */
const CLASSES: Readonly<Record<string, { normalizer: object | null; split: string | undefined; special: string[] }>> = {
  GPT2Tokenizer: { normalizer: null, split: undefined, special: ['<|endoftext|>'] },
  Qwen2Tokenizer: {
    normalizer: { type: 'NFC' },
    split:
      "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+",
    special: ['<|endoftext|>'],
  },
};

/** A tokenizer.json that was never written, and the file that stands for it in messages. */
export interface ConvertedTokenizer {
  readonly path: string;
  readonly json: object;
}

/**
 * What tokenizer.json would be, from vocab.json and merges.txt (GPT-2 and what followed it); undefined where these are
 * not there. Errors: `file-damaged`, `file-missing` for one without the other, `file-unsupported` for a class of
 * tokenizer that splits text otherwise.
 */
export async function readVocabularyFiles(dir: string): Promise<ConvertedTokenizer | undefined> {
  const path = join(dir, 'vocab.json');
  if (!(await exists(path))) return undefined;
  const vocabulary = await readJson(path);
  const merges = await readMerges(join(dir, 'merges.txt'));
  const configPath = join(dir, 'tokenizer_config.json');
  const fields = (await exists(configPath)) ? parseFields(configPath, Fields, await readJson(configPath)) : undefined;
  const name = (fields?.tokenizer_class ?? 'GPT2Tokenizer').replace(/Fast$/, '');
  if (!Object.hasOwn(CLASSES, name)) {
    throw new CircuitError(
      'file-unsupported',
      `${configPath}: field "tokenizer_class" is "${name}", which is not known without a tokenizer.json.`,
      `Known are ${Object.keys(CLASSES).join(', ')}. Fetch the tokenizer.json of the model.`,
    );
  }
  const { normalizer, split, special } = CLASSES[name];
  const level = { ...BYTE_LEVEL, add_prefix_space: fields?.add_prefix_space ?? false };
  const pattern = { type: 'Split', pattern: { Regex: split }, behavior: 'Isolated', invert: false };
  return {
    path,
    json: {
      added_tokens: addedTokens(vocabulary, fields?.added_tokens_decoder ?? {}, special),
      normalizer,
      pre_tokenizer:
        split === undefined
          ? { ...level, use_regex: true }
          : { type: 'Sequence', pretokenizers: [pattern, { ...level, use_regex: false }] },
      post_processor: null,
      decoder: { ...BYTE_LEVEL, add_prefix_space: true, use_regex: true },
      model: { type: 'BPE', vocab: vocabulary, merges },
    },
  };
}

/** The pairs of merges.txt: one a line, a space between, after a line with the version. */
async function readMerges(path: string): Promise<[string, string][]> {
  const lines = (await readText(path)).split(/\r?\n/);
  if (lines.length > LARGEST_MERGES) throw damaged(path, `has ${lines.length} lines; ${LARGEST_MERGES} is the limit`);
  const pairs: [string, string][] = [];
  for (const [i, line] of lines.entries()) {
    if (line === '' || (i === 0 && line.startsWith('#version'))) continue;
    const pair = line.split(' ');
    if (pair.length !== 2 || pair[0] === '' || pair[1] === '') {
      throw damaged(path, `has no pair of pieces on line ${i + 1}`);
    }
    pairs.push([pair[0], pair[1]]);
  }
  return pairs;
}

/** Those that tokenizer_config.json lists, and the class's own where the vocabulary has them. */
function addedTokens(
  vocabulary: unknown,
  listed: Readonly<Record<string, v.InferOutput<typeof AddedToken>>>,
  special: readonly string[],
) {
  const tokens = Object.entries(listed).map(([id, { content, ...token }]) => ({ ...token, id: Number(id), content }));
  for (const content of special) {
    const isListed = tokens.some(token => token.content === content);
    if (isListed || typeof vocabulary !== 'object' || vocabulary === null) continue;
    const id = Object.hasOwn(vocabulary, content)
      ? (vocabulary as Readonly<Record<string, unknown>>)[content]
      : undefined;
    if (typeof id === 'number') tokens.push({ id, content, special: true });
  }
  return tokens;
}

function damaged(path: string, what: string): CircuitError {
  return new CircuitError('file-damaged', `${path} ${what}.`, 'Fetch the file again.');
}
