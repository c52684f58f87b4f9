import { parse as parseJsonc, printParseErrorCode, type ParseError } from 'jsonc-parser';
import * as v from 'valibot';
import { CircuitError } from '../../errors.ts';
import { fieldsOf, isFields, listOf } from '../json-fields.ts';
import { mend } from './mend.ts';
import { migrate } from './migrate.ts';
import { FIELD_ORDER, investigationSchema } from './schema.ts';
import type { Investigation } from './types.ts';

export interface InvestigationFile {
  readonly investigation: Investigation;
  /** The version that the file has; older ones were migrated. */
  readonly version: number;
  /** What was mended or passed over, a sentence each. */
  readonly problems: readonly string[];
}

/**
 * Reads an investigation of this or an older version. `name` is what errors call the file. Fields that are not known are
 * passed over and stay in the file. Errors: `file-damaged` naming the line or the field, `file-unsupported` for a
 * newer version.
 */
export function parseInvestigation(text: string, name: string): InvestigationFile {
  const { file, from } = migrate(parseJson(text, name), name);
  const result = v.safeParse(investigationSchema, file, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    throw damaged(name, `${fieldName(issue.path ?? [])} ${explain(issue)}`);
  }
  const { investigation, problems } = mend(result.output);
  return { investigation, version: from, problems: [...unknownFields(file), ...problems] };
}

function parseJson(text: string, name: string): unknown {
  const plain = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return JSON.parse(plain) as unknown;
  } catch (cause) {
    if (/^(<<<<<<< |=======$|>>>>>>> )/m.test(plain)) {
      throw new CircuitError(
        'file-damaged',
        `${name} holds two versions that git could not merge.`,
        'Resolve the conflict in the text: each item is a line of its own.',
        { cause },
      );
    }
    const first = firstSyntaxError(plain);
    if (first === undefined) throw damaged(name, 'is not JSON', cause);
    const line = plain.slice(0, first.offset).split('\n').length;
    throw damaged(name, `line ${line} is not JSON (${printParseErrorCode(first.error)})`, cause);
  }
}

function firstSyntaxError(text: string): ParseError | undefined {
  const errors: ParseError[] = [];
  try {
    parseJsonc(text, errors, { disallowComments: true });
  } catch {
    // Nested so deep that the parser runs out of stack.
  }
  return errors.at(0);
}

function damaged(name: string, what: string, cause?: unknown): CircuitError {
  return new CircuitError('file-damaged', `${name}: ${what}.`, 'Mend it in the text, or take an earlier version.', {
    cause,
  });
}

/** `annotations[3].layer` */
function fieldName(path: readonly v.IssuePathItem[]): string {
  const keys = path.map(({ key }) => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return keys.join('').replace(/^\./, '') || 'the file';
}

/** Our own messages say what is wrong; the library's begin with "Invalid ...: Expected". */
function explain(issue: v.BaseIssue<unknown>): string {
  if (!issue.message.startsWith('Invalid')) return issue.message;
  if (issue.received === 'undefined') return 'is missing';
  return `is ${issue.received.slice(0, 40)} where ${issue.expected ?? 'something else'} belongs`;
}

const MOST_NAMED = 5;

/** A key that is not known may be a misspelled one. */
function unknownFields(file: unknown): string[] {
  const fields = fieldsOf(file);
  const objects: [string, unknown, readonly string[]][] = [
    ['', fields, FIELD_ORDER.investigation],
    ['graph', fields.graph, FIELD_ORDER.graph],
    ['settings', fields.settings, FIELD_ORDER.settings],
    ...itemsOf(fields, 'supernodes', FIELD_ORDER.supernode),
    ...itemsOf(fields, 'annotations', FIELD_ORDER.annotation),
  ];
  const names = objects.flatMap(([place, value, known]) =>
    Object.keys(isFields(value) ? value : {})
      .filter(key => !known.includes(key) && key !== '$schema')
      .map(key => (place === '' ? key : `${place}.${key}`)),
  );
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMED).map(field => field.slice(0, 80));
  const rest = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : '';
  return [`Fields that are not known: ${shown.join(', ')}${rest}. They stay in the file.`];
}

function itemsOf(
  fields: ReturnType<typeof fieldsOf>,
  name: 'supernodes' | 'annotations',
  known: readonly string[],
): [string, unknown, readonly string[]][] {
  return (listOf(fields[name]) ?? []).map((item, i) => [`${name}[${i}]`, item, known]);
}
