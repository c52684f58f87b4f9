import { Tokenizer as Library } from '@huggingface/tokenizers';
import { join } from 'node:path';
import { CircuitError } from '../errors.ts';
import type { ModelConfig } from './model-config-types.ts';
import { readJson } from './read-fields.ts';
import { exists, readSpecialTokens, type SpecialTokenTexts } from './special-tokens.ts';
import {
  bytesWithoutToken,
  dropsFirstSpace,
  isByteLevel,
  leavingOut,
  parseTokenizerJson,
  splitAsRustDoes,
  type TokenizerJson,
  type Vocabulary,
} from './tokenizer-json.ts';
import { Tokenizer, type TokenizerParts } from './tokenizer.ts';
import { readVocabularyFiles } from './vocabulary-files.ts';

/**
 * The tokenizer of a checkpoint folder (tokenizer.json, or vocab.json with merges.txt), or undefined where there is none.
 * With `config`, it must fit the model, and roles that the tokenizer's files leave open are taken from it.
 * Errors: `file-damaged` naming file and field, `file-unsupported` for a step that the library does not know,
 * `model-mismatch`.
 */
export async function loadTokenizer(dir: string, config?: ModelConfig): Promise<Tokenizer | undefined> {
  const whole = join(dir, 'tokenizer.json');
  const found = (await exists(whole)) ? { path: whole, json: await readJson(whole) } : await readVocabularyFiles(dir);
  if (found === undefined) return undefined;
  const { path } = found;
  const json = parseTokenizerJson(path, found.json);
  const special = await readSpecialTokens(dir);
  const library = libraryTokenizer(path, json);
  const idOf = (text: string | undefined) => (text === undefined ? undefined : library.token_to_id(text));
  const unknownId = json.model.unk_id ?? idOf(json.model.unk_token ?? undefined);
  const marked = json.added_tokens.filter(token => token.special);
  const parts: TokenizerParts = {
    path,
    isByteLevel: isByteLevel(json),
    byteFallback: json.model.byte_fallback,
    joint: json.decoder == null ? ' ' : '',
    dropsFirstSpace: dropsFirstSpace(json),
    unknownId,
    leftOut: new Set(leftOut(json).flatMap(({ byte }) => (byte < 0x80 ? [String.fromCharCode(byte)] : []))),
    unknownText: unknownId === undefined ? undefined : library.id_to_token(unknownId),
    addedIds: new Set(json.added_tokens.map(token => token.id)),
    specialIds: specialIds(json, special, idOf),
    markedIds: new Set(marked.map(token => token.id)),
    bosId: idOf(special.bos) ?? config?.bosTokenId,
    eosId: idOf(special.eos) ?? config?.eosTokenIds.at(0),
    padId: idOf(special.pad) ?? config?.padTokenId,
    largestId: largestId(json),
  };
  const ordinary = json.added_tokens.filter(token => !token.special);
  const tokenizer = new Tokenizer(library, parts, () => libraryTokenizer(path, { ...json, added_tokens: ordinary }));
  if (config !== undefined) checkTokenizerFits(tokenizer, config);
  return tokenizer;
}

/**
 * Checks that a tokenizer can belong to a model. Added tokens beyond the model's vocabulary are let pass (published
 * text-only Gemma-3 models have one for images). Errors: `model-mismatch` naming both files and the numbers.
 */
export function checkTokenizerFits(tokenizer: Tokenizer, config: ModelConfig): void {
  const { largestId: largest } = tokenizer.parts;
  const known = largest + 1;
  if (largest >= config.vocabularySize) {
    throw mismatch(
      `${tokenizer.path} has token ids up to ${largest} but ${config.path} has a vocabulary of ${config.vocabularySize}`,
    );
  }
  // Models pad their vocabulary to a round number, by a few percent at most.
  if (known < LEAST_COVERED * config.vocabularySize) {
    throw mismatch(
      `${tokenizer.path} has only ${known} tokens but ${config.path} has a vocabulary of ${config.vocabularySize}`,
    );
  }
}

const LEAST_COVERED = 0.75;

function mismatch(what: string): CircuitError {
  return new CircuitError(
    'model-mismatch',
    `${what}.`,
    'The tokenizer belongs to another model: fetch the one of this checkpoint, or give token ids.',
  );
}

function libraryTokenizer(path: string, json: TokenizerJson): Library {
  try {
    return new Library(
      {
        ...json,
        normalizer: json.normalizer ?? null,
        pre_tokenizer: leavingOut(
          splitAsRustDoes(json.pre_tokenizer),
          leftOut(json).map(({ piece }) => piece),
        ),
        post_processor: json.post_processor ?? null,
        decoder: json.decoder ?? null,
      },
      {},
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError(
      'file-unsupported',
      `${path} cannot be used: ${reason.replace(/\.$/, '')}.`,
      'Fetch the file again; if it is whole, give token ids instead of text.',
      { cause },
    );
  }
}

/** The bytes that no token spells. */
function leftOut(json: TokenizerJson) {
  return isByteLevel(json) ? bytesWithoutToken(json) : [];
}

/** Those with a role; a folder that names none leaves the ones that tokenizer.json marks as special. */
function specialIds(
  json: TokenizerJson,
  special: SpecialTokenTexts,
  idOf: (text: string) => number | undefined,
): ReadonlySet<number> {
  const named = special.all.map(idOf).filter(id => id !== undefined);
  if (named.length > 0) return new Set(named);
  return new Set(json.added_tokens.filter(token => token.special).map(token => token.id));
}

function largestId(json: TokenizerJson): number {
  const { vocab } = json.model;
  if (isScoreList(vocab)) return vocab.length - 1;
  const added = new Set(json.added_tokens.map(token => token.content));
  let largest = -1;
  for (const [piece, id] of Object.entries(vocab)) if (id > largest && !added.has(piece)) largest = id;
  return largest;
}

/** Array.isArray does not narrow readonly arrays. */
function isScoreList(vocabulary: Vocabulary): vocabulary is readonly (readonly [string, number])[] {
  return Array.isArray(vocabulary);
}
