import { parse as parseJsonc } from 'jsonc-parser';
import * as v from 'valibot';
import { isFields, type JsonFields } from '../json-fields.ts';
import { mend } from './mend.ts';
import { migrate } from './migrate.ts';
import type { InvestigationFile } from './parse.ts';
import { investigationSchema } from './schema.ts';
import { INVESTIGATION_VERSION } from './types.ts';

/** Stands for a graph that is not named; no file is called so. */
const NO_GRAPH = '?';
/** What stands where a field that every investigation has cannot be read. */
const INSTEAD: JsonFields = {
  prompt: '',
  graph: { file: NO_GRAPH },
  'settings.nodeThreshold': 0.8,
  'settings.edgeThreshold': 0.98,
  settings: {},
  pinned: [],
  supernodes: [],
  annotations: [],
};

/** A damaged value may uncover another one: that an item lacks what was taken out of it. */
const MOST_ROUNDS = 8;

/**
 * What can be read of a file that `parseInvestigation` refuses as damaged: of text that is cut off or that git could not
 * merge (then the first of the two versions), without the fields and items that are not what they should be. To be shown,
 * not to be written: what is left out would be lost. Undefined if nothing of an investigation is in it, or if it is of a
 * newer version.
 */
export function salvageInvestigation(text: string): InvestigationFile | undefined {
  const parsed = lenientJson(text);
  if (!isFields(parsed) || !['prompt', 'pinned', 'supernodes', 'annotations'].some(key => Object.hasOwn(parsed, key)))
    return undefined;
  const fields = ofThisVersion(parsed);
  if (fields === undefined) return undefined;
  const damage: Damage = { names: new Set(), numbers: new Map() };
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const result = v.safeParse(investigationSchema, fields);
    if (!result.success) {
      takeOut(fields, result.issues, damage);
      continue;
    }
    const { graph } = result.output;
    const whole = { ...result.output, graph: graph.file === NO_GRAPH ? { file: '' } : graph };
    const { investigation, problems } = mend(whole);
    return { investigation, version: INVESTIGATION_VERSION, problems: [saying([...damage.names]), ...problems] };
  }
  return undefined;
}

/** Without the second version of a conflict, up to where it can be read; comments and commas too many are passed over. */
function lenientJson(text: string): unknown {
  const first = text.replaceAll(/^(<<<<<<< .*|=======\r?\n[^]*?^>>>>>>> .*)$/gm, '');
  try {
    return parseJsonc(first.replace(/^\uFEFF/, ''), [], { allowTrailingComma: true });
  } catch {
    // Nested so deep that the parser runs out of stack.
    return undefined;
  }
}

/** The fields in this version's names; a file without a version is taken for one of this version. */
function ofThisVersion(parsed: JsonFields): Record<string, unknown> | undefined {
  const { version } = parsed;
  const isKnown = typeof version === 'number' && Number.isSafeInteger(version) && version >= 0;
  if (!isKnown) return { ...parsed, version: INVESTIGATION_VERSION };
  return version > INVESTIGATION_VERSION ? undefined : { ...migrate(parsed, '').file };
}

type Path = readonly (string | number)[];

interface Damage {
  /** Of what is left out, as the file has it. */
  readonly names: Set<string>;
  /** Lists that items were taken out of: the number in the file of each item that is left. */
  readonly numbers: Map<readonly unknown[], readonly number[]>;
}

/** Takes every value out that an issue is about; what is missing is replaced, or takes the item that lacks it along. */
function takeOut(fields: Record<string, unknown>, issues: readonly v.BaseIssue<unknown>[], damage: Damage): void {
  const going = new Map<unknown[], Set<number>>();
  for (const issue of issues) {
    const path = (issue.path ?? []).map(({ key }) => key as string | number);
    damage.names.add(nameOf(fields, path, damage));
    const isMissing = issue.received === 'undefined';
    const name = path.join('.');
    if (isMissing && name in INSTEAD) put(fields, path, structuredClone(INSTEAD[name]));
    else remove(fields, isMissing ? path.slice(0, -1) : path, going);
  }
  // Together at the end, so that the numbers of the others stay what they are.
  for (const [list, gone] of going) {
    const numbers = damage.numbers.get(list) ?? [...list.keys()];
    const left = [...list.keys()].filter(i => !gone.has(i));
    list.splice(0, list.length, ...left.map(i => list[i]));
    damage.numbers.set(
      list,
      left.map(i => numbers[i]),
    );
  }
}

function remove(fields: Record<string, unknown>, path: Path, going: Map<unknown[], Set<number>>): void {
  const [holder, key] = [at(fields, path.slice(0, -1)), path.at(-1)];
  if (Array.isArray(holder) && typeof key === 'number') {
    const list = holder as unknown[];
    going.set(list, (going.get(list) ?? new Set()).add(key));
  } else if (isFields(holder) && key !== undefined) {
    Reflect.deleteProperty(holder, key);
  }
}

function put(fields: Record<string, unknown>, path: Path, value: unknown): void {
  const holder = at(fields, path.slice(0, -1));
  if (isFields(holder)) Reflect.set(holder, path.at(-1) ?? '', value);
}

function at(fields: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === 'object' && value !== null ? Reflect.get(value, key) : undefined),
    fields,
  );
}

/** `annotations[3].layer` */
function nameOf(fields: unknown, path: Path, { numbers }: Damage): string {
  const names = path.map((key, i) => {
    if (typeof key === 'string') return i === 0 ? key : `.${key}`;
    const list = at(fields, path.slice(0, i));
    return `[${(Array.isArray(list) ? numbers.get(list as unknown[])?.[key] : undefined) ?? key}]`;
  });
  return names.join('');
}

const MOST_NAMED = 8;

function saying(leftOut: readonly string[]): string {
  if (leftOut.length === 0) return 'Shown is what can be read.';
  const rest = leftOut.length > MOST_NAMED ? ` and ${leftOut.length - MOST_NAMED} more` : '';
  return `Shown is what can be read. Missing or damaged: ${leftOut.slice(0, MOST_NAMED).join(', ')}${rest}.`;
}
