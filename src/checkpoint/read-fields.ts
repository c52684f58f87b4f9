import { readFile } from 'node:fs/promises';
import * as v from 'valibot';
import { CircuitError } from '../errors.ts';

/** A configuration file is a few kilobytes, a tokenizer up to 40 MB; beyond this the file is something else. */
const LARGEST_TEXT_BYTES = 256 * 1024 * 1024;

/** The text of a UTF-8 file. Errors: `file-missing`; `file-damaged` when it is not text or absurdly long. */
export async function readText(path: string): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw new CircuitError('file-missing', `${path} cannot be read.`, 'Check the folder: this file must be in it.', {
      cause,
    });
  }
  if (bytes.length > LARGEST_TEXT_BYTES) throw damagedText(path, `is ${bytes.length} bytes long`);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw damagedText(path, 'is not UTF-8 text', cause);
  }
}

/** The parsed JSON of a file. Errors: `file-missing`, `file-damaged`. */
export async function readJson(path: string): Promise<unknown> {
  return parseJson(path, await readText(path));
}

/** The same on text that was read already. */
export function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    // What the file holds is quoted in the reason, line breaks too.
    const reason = (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ');
    throw damagedText(path, `is not JSON (${reason})`, cause);
  }
}

/** `value` as `schema` describes it. Errors: `file-damaged` naming the file, the field and what stands there. */
export function parseFields<const Schema extends v.GenericSchema>(
  path: string,
  schema: Schema,
  value: unknown,
): v.InferOutput<Schema> {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const issue = result.issues[0];
  const field = v.getDotPath(issue);
  const what = issue.message.replace(/^Invalid \w+: E/, 'e').replace(/ but received undefined$/, ' but it is missing');
  throw new CircuitError(
    'file-damaged',
    field === null ? `${path}: ${what}.` : `${path}: field "${field}": ${what}.`,
    'Correct the field, or fetch the file again.',
    { cause: issue },
  );
}

function damagedText(path: string, what: string, cause?: unknown): CircuitError {
  return new CircuitError('file-damaged', `${path} ${what}.`, 'Fetch or write the file again.', { cause });
}
