import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Tokenizer } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';
import { throwIfCancelled, type Task } from '../../task.ts';

export interface CorpusSettings {
  /** Undefined for a corpus of token ids. */
  readonly tokenizer: Tokenizer | undefined;
  readonly vocabularySize: number;
  /** Longer texts are cut into sequences of so many tokens, each with the beginning-of-sequence token. */
  readonly context: number;
}

/** What the help says of corpora. */
export const CORPUS_HELP =
  'A corpus is a text file with one text a line, or a .jsonl file whose lines are strings, objects with a "text", arrays of token ids, or objects with "tokens".';

/** Token sequences of a corpus file, one after the other. Errors: `file-missing`, `file-damaged` naming the line. */
export async function* readCorpus(path: string, settings: CorpusSettings, task?: Task): AsyncGenerator<Int32Array> {
  const isJson = /\.(jsonl|ndjson)$/i.test(path);
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity })) {
    number++;
    if (number % 1000 === 0) {
      throwIfCancelled(task);
      task?.progress?.('read corpus', number, undefined);
    }
    if (line.trim() === '') continue;
    const text = isJson ? parseLine(path, number, line) : line;
    yield* sequencesOf(path, number, text, settings);
  }
}

/** All of them, in memory: training draws at random. Errors: also `file-damaged` for an empty corpus. */
export async function loadCorpus(path: string, settings: CorpusSettings, task?: Task): Promise<Int32Array[]> {
  const sequences: Int32Array[] = [];
  for await (const sequence of readCorpus(path, settings, task)) {
    if (sequence.length > 1) sequences.push(sequence);
  }
  if (sequences.length > 0) return sequences;
  throw new CircuitError('file-damaged', `${path} holds no text.`, 'Write one text on each line.');
}

function parseLine(path: string, number: number, line: string): string | number[] {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw badLine(path, number, 'is not JSON');
  }
  const record =
    typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
  const content = record['text'] ?? record['tokens'] ?? value;
  if (typeof content === 'string') return content;
  if (Array.isArray(content) && content.every((id): id is number => Number.isSafeInteger(id))) return content;
  throw badLine(path, number, 'has neither "text" nor "tokens"');
}

function* sequencesOf(
  path: string,
  number: number,
  text: string | readonly number[],
  { tokenizer, vocabularySize, context }: CorpusSettings,
): Generator<Int32Array> {
  if (typeof text === 'string' && tokenizer === undefined) {
    throw badLine(path, number, 'is text, and there is no tokenizer');
  }
  const given = typeof text === 'string' ? tokenizer!.addBeginningOfSequence(tokenizer!.encodeIds(text)) : text;
  const unknown = given.find(id => id < 0 || id >= vocabularySize);
  if (unknown !== undefined) throw badLine(path, number, `has the token ${unknown}: ids go to ${vocabularySize - 1}`);
  yield Int32Array.from(given.slice(0, context));
  // Each further piece begins as a text does.
  const first = given.slice(0, 1);
  for (let start = context; start < given.length; start += context - 1) {
    yield Int32Array.from([...first, ...given.slice(start, start + context - 1)]);
  }
}

function badLine(path: string, number: number, what: string): CircuitError {
  return new CircuitError('file-damaged', `${path}: line ${number} ${what}.`, CORPUS_HELP);
}
