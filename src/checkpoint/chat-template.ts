import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';
import { join } from 'node:path';
import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import { parseFields, readJson, readText } from './read-fields.ts';
import { exists, readSpecialTokens } from './special-tokens.ts';
import type { EncodedPrompt, PromptToken, Tokenizer } from './tokenizer.ts';

/** Published templates are under 20,000 characters (tools included). */
const LARGEST_TEMPLATE = 1_000_000;
/** What a template makes of a prompt: its own words are a few hundred characters. */
const LARGEST_RENDERING = 1_000_000;

/** The chat template of a checkpoint: what stands around a user's words when the model answers them. */
export interface ChatTemplate {
  /** The file that it comes from. */
  readonly path: string;
  /**
   * The conversation of one user message, up to where the model's answer begins. Errors: `prompt` with the template's
   * own words where it refuses the message, `file-unsupported` where it cannot be used.
   */
  render(prompt: string): string;
}

/** A prompt in its template. `tokens` of the template have null offsets; the others count UTF-16 units of the prompt. */
export interface ChatPrompt extends EncodedPrompt {
  /** The whole text, template included. */
  readonly text: string;
  /** [tokens.length]; whether a token is the template's alone. */
  readonly fromTemplate: readonly boolean[];
}

const Named = v.looseObject({ name: v.string(), template: v.string() });
const Fields = v.looseObject({ chat_template: v.nullish(v.union([v.string(), v.array(Named)])) });

/**
 * The template of a checkpoint folder: chat_template.jinja, or `chat_template` of tokenizer_config.json, of which the
 * one named `default` is taken where there are several. Undefined where there is none. `strftime_now` is not given to
 * templates: Llama 3.1's then takes the date that it was made with, so that the same prompt gives the same tokens on any
 * day. Errors: `file-damaged`, `file-unsupported`.
 */
export async function loadChatTemplate(dir: string): Promise<ChatTemplate | undefined> {
  const found = await templateText(dir);
  if (found === undefined) return undefined;
  const { path, text } = found;
  if (text.length > LARGEST_TEMPLATE) throw unusable(path, `it is ${text.length} characters long`);
  let template: Program;
  try {
    // As transformers sets Jinja up.
    template = parse(tokenize(text, { lstrip_blocks: true, trim_blocks: true }));
  } catch (cause) {
    throw unusable(path, reasonOf(cause), cause);
  }
  const { bos, eos, pad, unk } = await readSpecialTokens(dir);
  const names = { bos_token: bos, eos_token: eos, pad_token: pad, unk_token: unk };
  const given = Object.fromEntries(Object.entries(names).filter(([, token]) => token !== undefined));
  return { path, render: prompt => render(path, template, { ...given, messages: messagesOf(prompt) }) };
}

/**
 * The tokens of a prompt in its template, as transformers' apply_chat_template gives them, after the
 * beginning-of-sequence token where the template writes none. Errors: those of `ChatTemplate.render`, and
 * `file-unsupported` for a template that leaves the prompt out.
 */
export function encodeChatPrompt(tokenizer: Tokenizer, template: ChatTemplate, prompt: string): ChatPrompt {
  const text = template.render(prompt);
  const { start, end, skipped } = contentSpan(template, prompt, text);
  const { tokens } = tokenizer.encodePrompt(text);
  const placed = tokens.map((token): PromptToken => {
    if (token.start === null || token.end === null || token.end <= start || token.start >= end) {
      return { ...token, start: null, end: null };
    }
    // A token may reach over the border, such as a line break that the template and the prompt share.
    const shift = skipped - start;
    return { ...token, start: Math.max(token.start, start) + shift, end: Math.min(token.end, end) + shift };
  });
  return {
    text,
    ids: tokens.map(token => token.id),
    tokens: placed,
    fromTemplate: placed.map(token => token.start === null),
  };
}

function messagesOf(content: string) {
  return [{ role: 'user', content }];
}

/** Private use: no template looks for it, and none trims it. */
const MARK = '\ue123prompt\ue123';

/** Where the prompt stands in the rendered text, and how many of its first characters the template cut off. */
function contentSpan(
  template: ChatTemplate,
  prompt: string,
  text: string,
): { start: number; end: number; skipped: number } {
  const parts = template.render(MARK).split(MARK);
  const [before, after] = parts;
  const start = before.length;
  const end = text.length - (parts.length === 2 ? after.length : 0);
  const content = text.slice(start, end);
  const skipped = prompt.indexOf(content);
  if (parts.length !== 2 || end < start || !text.startsWith(before) || !text.endsWith(after) || skipped < 0) {
    throw unusable(template.path, 'it does not put the prompt as it is in one place');
  }
  return { start, end, skipped };
}

async function templateText(dir: string): Promise<{ path: string; text: string } | undefined> {
  const file = join(dir, 'chat_template.jinja');
  if (await exists(file)) return { path: file, text: await readText(file) };
  const path = join(dir, 'tokenizer_config.json');
  if (!(await exists(path))) return undefined;
  const { chat_template: templates } = parseFields(path, Fields, await readJson(path));
  if (templates == null || typeof templates === 'string') {
    return templates == null ? undefined : { path, text: templates };
  }
  const chosen = templates.find(({ name }) => name === 'default') ?? templates.at(0);
  return chosen === undefined ? undefined : { path, text: chosen.template };
}

/** What a template itself refuses, in its own words. */
class Refusal extends Error {}

type Program = ReturnType<typeof parse>;

function render(path: string, template: Program, given: Readonly<Record<string, unknown>>): string {
  const environment = new Environment();
  for (const [name, value] of Object.entries({ ...GLOBALS, ...given, add_generation_prompt: true })) {
    environment.set(name, value);
  }
  let text: string;
  try {
    const { value } = new Interpreter(environment).run(template);
    if (typeof value !== 'string') throw new TypeError('it gives no text');
    text = value;
  } catch (cause) {
    if (cause instanceof Refusal) {
      throw new CircuitError(
        'prompt',
        `The chat template of ${path} refuses the prompt: ${cause.message.replace(/\.$/, '')}.`,
        'Change the prompt, or trace it without the template.',
        { cause },
      );
    }
    throw unusable(path, reasonOf(cause), cause);
  }
  if (text.length > LARGEST_RENDERING) throw unusable(path, `it gives ${text.length} characters`);
  return text;
}

/** What the library gives every template by itself, without `strftime_now`. */
const GLOBALS: Readonly<Record<string, unknown>> = {
  true: true,
  false: false,
  none: null,
  True: true,
  False: false,
  None: null,
  range,
  raise_exception: (words: unknown): never => {
    throw new Refusal(String(words));
  },
};

/** Python's range; a conversation has a few turns. */
function range(first: number, end?: number, step?: number): number[] {
  const [from, to, by] = typeof end === 'number' ? [first, end, typeof step === 'number' ? step : 1] : [0, first, 1];
  const count = Math.max(0, Math.ceil((to - from) / by));
  if (!(count <= 10_000)) throw new Error(`range(${from}, ${to}, ${by}) is too long`);
  return Array.from({ length: count }, (_, i) => from + i * by);
}

function reasonOf(cause: unknown): string {
  return (cause instanceof Error ? cause.message : String(cause)).slice(0, 300).replace(/\.$/, '');
}

function unusable(path: string, why: string, cause?: unknown): CircuitError {
  return new CircuitError(
    'file-unsupported',
    `The chat template of ${path} cannot be used: ${why}.`,
    'Write the turns into the prompt yourself, with their special tokens.',
    { cause },
  );
}
