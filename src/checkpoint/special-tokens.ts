import { access } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { parseFields, readJson } from './read-fields.ts';

/** transformers writes a special token as its text, or as an object that holds it. */
const TokenText = v.nullish(v.union([v.string(), v.looseObject({ content: v.string() })]));
const Fields = v.looseObject({
  bos_token: TokenText,
  eos_token: TokenText,
  pad_token: TokenText,
  unk_token: TokenText,
  sep_token: TokenText,
  cls_token: TokenText,
  mask_token: TokenText,
  additional_special_tokens: v.nullish(v.array(TokenText)),
});

/** The texts of the tokens that a checkpoint gives a role. */
export interface SpecialTokenTexts {
  readonly bos: string | undefined;
  readonly eos: string | undefined;
  readonly pad: string | undefined;
  readonly unk: string | undefined;
  /** All of them, with unk, sep, cls, mask and the additional ones: transformers' `all_special_tokens`. */
  readonly all: readonly string[];
}

/**
 * Reads tokenizer_config.json and, for what it leaves out, special_tokens_map.json; both may be missing.
 * Errors: `file-damaged` naming the field.
 */
export async function readSpecialTokens(dir: string): Promise<SpecialTokenTexts> {
  const texts = new Map<string, string>();
  const additional: string[] = [];
  for (const name of ['tokenizer_config.json', 'special_tokens_map.json']) {
    const path = join(dir, name);
    if (!(await exists(path))) continue;
    const { additional_special_tokens: others, ...fields } = parseFields(path, Fields, await readJson(path));
    for (const role of ['bos', 'eos', 'pad', 'unk', 'sep', 'cls', 'mask'] as const) {
      const text = textOf(fields[`${role}_token`]);
      if (text !== undefined && !texts.has(role)) texts.set(role, text);
    }
    additional.push(...(others ?? []).map(textOf).filter(text => text !== undefined));
  }
  return {
    bos: texts.get('bos'),
    eos: texts.get('eos'),
    pad: texts.get('pad'),
    unk: texts.get('unk'),
    all: [...new Set([...texts.values(), ...additional])],
  };
}

function textOf(token: v.InferOutput<typeof TokenText>): string | undefined {
  return token == null || typeof token === 'string' ? (token ?? undefined) : token.content;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}
